import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../core/errors.ts';

/** What the store knows about a file to which lines are appended. */
export interface KnownFile {
  /** Its inode and creation time. */
  readonly inode: string;
  /** Committed bytes. What follows them was never committed. */
  readonly length: number;
}

/**
 * The state of the opened file. `cut`: uncommitted bytes were removed. `foreign`: another program
 * replaced or cut it. `short`: committed bytes are missing.
 */
export type FoundFile = 'new' | 'as known' | 'cut' | 'foreign' | 'short';

/** A file that is open for appending, cut to its committed length. The caller closes it. */
export interface AppendFile {
  readonly found: FoundFile;
  readonly inode: string;
  readonly length: number;
  append(bytes: Buffer): void;
  close(): void;
}

const NEWLINE = 0x0a;

/** One write call. */
export type Write = (
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
  position: number,
) => number;

export interface AppendOptions {
  /**
   * Whether an uncommitted line will be written again and may be cut off. Default: yes. Must return
   * false if the store was replaced by an older copy.
   */
  readonly comesAgain?: (line: string) => boolean;
  /** For fault tests. */
  readonly write?: Write | undefined;
}

/**
 * Opens `path` for appending and cuts it to the committed length, so that no line is written twice
 * after a crash. Creates the file (0600) and its folder if missing. Keeps a file that another
 * program put there or emptied, ends its last line, and appends to it.
 * @throws the errno of the call that failed.
 */
export function openAppend(
  path: string,
  known: KnownFile | undefined,
  { comesAgain = () => true, write = writeSync }: AppendOptions = {},
): AppendFile {
  const fd = openForAppend(path);
  try {
    const stat = fstatSync(fd, { bigint: true });
    // A new file may get the inode of a deleted one.
    const inode = `${stat.ino}-${stat.birthtimeNs}`;
    const size = Number(stat.size);
    const { found, length } = reconcile(
      fd,
      size,
      known?.inode === inode ? known : undefined,
      known === undefined,
      comesAgain,
    );
    let end = length;
    return {
      found,
      inode,
      get length() {
        return end;
      },
      append(bytes) {
        for (let done = 0; done < bytes.length; )
          done += write(fd, bytes, done, bytes.length - done, end + done);
        end += bytes.length;
      },
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function reconcile(
  fd: number,
  size: number,
  known: KnownFile | undefined,
  isNew: boolean,
  comesAgain: (line: string) => boolean,
): { readonly found: FoundFile; readonly length: number } {
  if (known !== undefined && size >= known.length && endsLine(fd, known.length)) {
    if (size === known.length) return { found: 'as known', length: size };
    const line = lineAt(fd, known.length, size);
    if (line !== undefined && !comesAgain(line))
      return { found: 'foreign', length: endLine(fd, size) };
    ftruncateSync(fd, known.length);
    return { found: 'cut', length: known.length };
  }
  if (size === 0) return { found: isNew ? 'new' : 'foreign', length: 0 };
  if (known === undefined) return { found: 'foreign', length: endLine(fd, size) };
  const whole = lastLineEnd(fd, Math.min(size, known.length));
  ftruncateSync(fd, whole);
  return { found: 'short', length: whole };
}

/**
 * Whether a line ends at `length`. After a power cut, the file system may return zeros where our
 * lines were.
 */
function endsLine(fd: number, length: number): boolean {
  const last = Buffer.alloc(1);
  return length === 0 || (readSync(fd, last, 0, 1, length - 1) === 1 && last[0] === NEWLINE);
}

/** Returns the complete line at `offset`, or `undefined` if it has no end. */
function lineAt(fd: number, offset: number, size: number): string | undefined {
  for (let length = 65_536; ; length *= 4) {
    const bytes = Buffer.alloc(Math.min(length, size - offset));
    const end = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, offset)).indexOf(NEWLINE);
    if (end >= 0) return bytes.toString('utf8', 0, end);
    if (offset + length >= size) return undefined;
  }
}

function endLine(fd: number, size: number): number {
  if (endsLine(fd, size)) return size;
  writeSync(fd, '\n', size);
  return size + 1;
}

/** Returns the offset after the last line end before `size`; 0 if there is none. */
function lastLineEnd(fd: number, size: number): number {
  const chunk = Buffer.alloc(65_536);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - chunk.length);
    const read = readSync(fd, chunk, 0, end - from, from);
    const at = chunk.subarray(0, read).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

function openForAppend(path: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, flags, 0o600);
  }
}
