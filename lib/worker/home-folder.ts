import { statSync } from 'node:fs';

/** The state folder as this process opened it. */
export interface HomeFolder {
  /**
   * Whether its path still leads to the same folder: not deleted, nor replaced by another of that
   * name.
   */
  isSameFolder(): boolean;
}

/** Remembers the folder at `root`, which must exist. */
export function openHomeFolder(root: string): HomeFolder {
  const found = identityOf(root);
  return {
    isSameFolder() {
      try {
        return identityOf(root) === found;
      } catch {
        return true; // A disk that does not answer does not prove that the folder is missing.
      }
    },
  };
}

/** Returns inode and birth time, because a new folder may get the inode of a deleted one. */
function identityOf(root: string): string | undefined {
  const found = statSync(root, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.birthtimeMs}`;
}
