import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { errnoOf } from './errors.ts';

/**
 * Whether an open folder has a path of its own (Linux). Through such a path, nobody can replace a
 * parent folder between two calls.
 */
const HAS_PATHS_OF_DESCRIPTORS = existsSync('/proc/self/fd');

/**
 * Deletes a file, a link, or a folder of this user with its content. Follows no link, not even one
 * that replaces a folder in the meantime, and never reads a folder of another user.
 * @returns paths that remain: folders of others, and what the system refused to delete.
 */
export function removeTree(path: string): readonly string[] {
  return removeAt(path, path);
}

/**
 * Calls `work` with a path that always leads to the same folder, even if it is renamed.
 * @returns `undefined` if the folder is not this user's: missing, a link, or another user's.
 */
export function withOwnFolder<T>(path: string, work: (folder: string) => T): T | undefined {
  const fd = openFolder(path);
  if (fd === undefined) return undefined;
  try {
    const mine = process.getuid?.();
    if (mine !== undefined && fstatSync(fd).uid !== mine) return undefined;
    return work(HAS_PATHS_OF_DESCRIPTORS ? `/proc/self/fd/${fd}` : path);
  } finally {
    closeSync(fd);
  }
}

/**
 * @param at The path for system calls.
 * @param path The path for people.
 */
function removeAt(at: string, path: string): readonly string[] {
  const refused = tryTo(() => unlinkSync(at));
  if (refused === '' || refused === 'ENOENT') return [];
  const left = withOwnFolder(at, (folder) =>
    readdirSync(folder).flatMap((name) => removeAt(`${folder}/${name}`, `${path}/${name}`)),
  );
  if (left !== undefined && left.length > 0) return left;
  const error = left === undefined ? refused : tryTo(() => rmdirSync(at));
  return error === '' || error === 'ENOENT' ? [] : [path];
}

/** Returns the errno of a failure, or `''`. */
function tryTo(work: () => void): string {
  try {
    work();
    return '';
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return errnoOf(error);
  }
}

function openFolder(path: string): number | undefined {
  try {
    return openSync(
      path,
      constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0),
    );
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}
