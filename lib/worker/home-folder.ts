import { rmSync, statSync } from 'node:fs';
import type { OpenDatabase } from '../store/database.ts';
import { StoreFault } from '../store/store-fault.ts';

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

/**
 * Opens SQLite files in the state folder, and makes none in a folder that took its place: the loop
 * looks at the folder once per turn, and a turn may take a while.
 * @throws {@link StoreFault} CANTOPEN if the folder was deleted or replaced.
 */
export function openInHome(home: HomeFolder, open: OpenDatabase): OpenDatabase {
  const check = (): void => {
    if (!home.isSameFolder())
      throw new StoreFault('CANTOPEN', new Error('the state folder was replaced'));
  };
  return (path, options) => {
    check();
    const wasMissing = sizeOf(path) === undefined;
    const database = open(path, options);
    try {
      check(); // No call opens a path only if its folder is the one that was looked at.
    } catch (error) {
      database.close();
      // Nothing was written to it yet: a file with content is another worker's.
      if (wasMissing && sizeOf(path) === 0) rmSync(path, { force: true });
      throw error;
    }
    return database;
  };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Returns inode and birth time, because a new folder may get the inode of a deleted one. */
function identityOf(root: string): string | undefined {
  const found = statSync(root, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.birthtimeMs}`;
}
