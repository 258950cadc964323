import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';

const STICKY = 0o1000;
const ROOT = 0;

/**
 * Whether `path` is a folder of this user that is closed to others, no symbolic link, and in a place where nobody else can exchange it.
 * Looks through an open descriptor, so that owner and mode are those of one folder. Never throws.
 */
export function isOwnFolder(path: string): boolean {
  try {
    const mine = process.getuid?.();
    if (mine === undefined) return lstatSync(path).isDirectory(); // Windows: the folder above is the user's alone
    const { uid, mode } = statOfFolder(path);
    return uid === mine && (mode & 0o077) === 0 && isFirm(parentOf(path), mine);
  } catch {
    return false; // missing, a link, or closed to us
  }
}

/** Makes the folder (0700) if it is missing; its parent must exist. @returns whether it is there and {@link isOwnFolder}. */
export function makeOwnFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // most often EEXIST; whatever it is, the next look decides
  }
  return isOwnFolder(path);
}

/** Whether anything has this name. Never throws. */
export function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // no way to it
  }
}

/** Whether others can rename nothing in this folder that is not theirs. */
function isFirm(folder: string, mine: number): boolean {
  const { uid, mode } = statSync(folder);
  if ((mode & STICKY) !== 0) return true;
  return (uid === mine || uid === ROOT) && (mode & 0o022) === 0;
}

/** @throws ELOOP or ENOTDIR for a link. */
function statOfFolder(path: string): { readonly uid: number; readonly mode: number } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return fstatSync(fd);
  } finally {
    closeSync(fd);
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
