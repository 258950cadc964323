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

/** Whether an open folder has a path of its own. There, nobody can exchange what is above a file between two calls. */
const HAS_PATHS_OF_DESCRIPTORS = existsSync('/proc/self/fd');

/**
 * Deletes what `path` names: a file, a link, or a folder of this user with all that is in it. Follows no link, also when one takes the place
 * of a folder meanwhile, and never looks into a folder of another user.
 * @returns paths that were left: folders of others, and what the system refused to delete.
 */
export function removeTree(path: string): readonly string[] {
  return removeAt(path, path);
}

/**
 * Calls `work` with a path of the folder that stays the same folder, whatever becomes of its name.
 * @returns `undefined` when it is none of this user's: missing, a link, or another's.
 */
export function inOwnFolder<T>(path: string, work: (folder: string) => T): T | undefined {
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

/** `at` is where it is reached, `path` what people call it. */
function removeAt(at: string, path: string): readonly string[] {
  const refused = tryTo(() => unlinkSync(at));
  if (refused === '' || refused === 'ENOENT') return [];
  const left = inOwnFolder(at, (folder) =>
    readdirSync(folder).flatMap((name) => removeAt(`${folder}/${name}`, `${path}/${name}`)),
  );
  if (left !== undefined && left.length > 0) return left;
  const error = left === undefined ? refused : tryTo(() => rmdirSync(at));
  return error === '' || error === 'ENOENT' ? [] : [path];
}

/** The errno of what failed, or `''`. */
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
