import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { errnoOf } from './errors.ts';
import { withoutByteOrderMark } from './json.ts';

/** The text of a file, without a byte order mark, or the reason why it was not read: one clause, without any of its content. */
export type PlainText = { readonly text: string } | { readonly problem: string };

export interface PlainLimits {
  /** A larger file is not read. */
  readonly mostBytes: number;
  /** Whether a link is followed. Only for files of the user's own: a repository can carry a link to anywhere. */
  readonly followsLinks?: boolean;
}

/**
 * The text of a plain file, or `undefined` when nothing is there. A link, a pipe, a device, a folder or a file that is too large is named as a problem:
 * it is neither waited for nor read. Never throws.
 */
export function readPlain(path: string, limits: PlainLimits): PlainText | undefined {
  try {
    // asks first: an exception for each missing file is what a hook would pay most for
    const look = limits.followsLinks === true ? statSync : lstatSync;
    const seen = look(path, { throwIfNoEntry: false });
    if (seen === undefined) return undefined;
    if (!seen.isFile()) return { problem: kindOf(seen) };
    return readOpened(path, limits);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined; // a plain file has the name of the folder
    return { problem: errno || 'its path cannot be used' };
  }
}

/** The look before may be out of date, so the open file is what counts. */
function readOpened(path: string, { mostBytes, followsLinks }: PlainLimits): PlainText {
  const { O_NOFOLLOW, O_NONBLOCK } = constants; // 0 or missing on Windows, which counts as 0
  const fd = openSync(path, followsLinks === true ? O_NONBLOCK : O_NONBLOCK | O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) return { problem: kindOf(found) };
    if (found.size > mostBytes) return { problem: `it is larger than ${mostBytes} bytes` };
    const bytes = Buffer.alloc(found.size);
    // a plain file of this size is read by one call; less means that it was cut meanwhile
    return { text: withoutByteOrderMark(bytes.toString('utf8', 0, readSync(fd, bytes))) };
  } finally {
    closeSync(fd);
  }
}

function kindOf(found: ReturnType<typeof fstatSync>): string {
  if (found.isSymbolicLink()) return 'it is a symbolic link';
  return found.isDirectory() ? 'EISDIR' : 'it is no plain file';
}
