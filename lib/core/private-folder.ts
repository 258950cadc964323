import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';

const STICKY = 0o1000;
const ROOT = 0;

/**
 * Whether `path` is a folder of this user, closed to others, not a symbolic link, and in a place
 * where nobody else can replace it. Checks through an open descriptor, so that owner and mode
 * belong to the same folder. Never throws.
 */
export function isPrivateFolder(path: string): boolean {
  try {
    const mine = process.getuid?.();
    // Windows: the parent folder belongs to the user alone.
    if (mine === undefined) return lstatSync(path).isDirectory();
    const { uid, mode } = statFolder(path);
    return uid === mine && (mode & 0o077) === 0 && isProtected(parentOf(path), mine);
  } catch {
    return false; // Missing, a link, or closed to us.
  }
}

/**
 * Creates the folder (0700) if it is missing; its parent must exist.
 * @returns whether it exists and {@link isPrivateFolder}.
 */
export function ensurePrivateFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // Usually EEXIST. Whatever it is, the check below decides.
  }
  return isPrivateFolder(path);
}

/** Whether anything exists under this path. Never throws. */
export function isPathTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // Unreachable.
  }
}

/** Whether other users cannot rename files of this user in this folder. */
function isProtected(folder: string, mine: number): boolean {
  const { uid, mode } = statSync(folder);
  if ((mode & STICKY) !== 0) return true;
  return (uid === mine || uid === ROOT) && (mode & 0o022) === 0;
}

/** @throws ELOOP or ENOTDIR for a link. */
function statFolder(path: string): { readonly uid: number; readonly mode: number } {
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
