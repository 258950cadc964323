import { statSync } from 'node:fs';

/** The state folder as this process found it. */
export interface Home {
  /** Whether it is still that folder: not removed, nor replaced by another of its name. */
  isThere(): boolean;
}

/** Remembers the folder at `root`, which must exist. */
export function openHome(root: string): Home {
  const found = identityOf(root);
  return {
    isThere() {
      try {
        return identityOf(root) === found;
      } catch {
        return true; // a disk that does not answer does not prove that the folder is missing
      }
    },
  };
}

/** Inode and birth: a new folder may get the inode of the one that was removed. */
function identityOf(root: string): string | undefined {
  const found = statSync(root, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.birthtimeMs}`;
}
