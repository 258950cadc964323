import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { errnoOf } from './errors.ts';
import { stripByteOrderMark } from './json.ts';

/**
 * The text of a file without byte order mark, or why it was not read: one clause, without any of
 * its content.
 */
export type PlainFileText = { readonly text: string } | { readonly problem: string };

export interface PlainFileLimits {
  /** Larger files are not read. */
  readonly maxBytes: number;
  /**
   * Whether to follow a link. Only for the user's own files: a link in a repository can point
   * anywhere.
   */
  readonly followsLinks?: boolean;
}

/**
 * Reads a plain file. Returns `undefined` if nothing exists there. Reports a link, a pipe, a
 * device, a folder or a file that is too large as a problem, without waiting for it or reading it.
 * Never throws.
 */
export function readPlainFile(path: string, limits: PlainFileLimits): PlainFileText | undefined {
  try {
    // Checked first: an exception for each missing file would be the largest cost of a hook.
    const look = limits.followsLinks === true ? statSync : lstatSync;
    const seen = look(path, { throwIfNoEntry: false });
    if (seen === undefined) return undefined;
    if (!seen.isFile()) return { problem: kindOf(seen) };
    return readOpenFile(path, limits);
  } catch (error) {
    const errno = errnoOf(error);
    // ENOTDIR: a plain file has the name of the folder.
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    return { problem: errno || 'its path cannot be used' };
  }
}

/** Reads through an open descriptor, because the check before may be out of date. */
function readOpenFile(path: string, { maxBytes, followsLinks }: PlainFileLimits): PlainFileText {
  const { O_NOFOLLOW, O_NONBLOCK } = constants; // 0 or missing on Windows; missing counts as 0.
  const fd = openSync(path, followsLinks === true ? O_NONBLOCK : O_NONBLOCK | O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) return { problem: kindOf(found) };
    if (found.size > maxBytes) return { problem: `it is larger than ${maxBytes} bytes` };
    const bytes = Buffer.alloc(found.size);
    // One call reads a plain file of this size. Fewer bytes mean that it was cut in the meantime.
    return { text: stripByteOrderMark(bytes.toString('utf8', 0, readSync(fd, bytes))) };
  } finally {
    closeSync(fd);
  }
}

function kindOf(found: ReturnType<typeof fstatSync>): string {
  if (found.isSymbolicLink()) return 'it is a symbolic link';
  return found.isDirectory() ? 'EISDIR' : 'it is not a plain file';
}
