import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

/** What V8 compiled of a script when it ran earlier. */
export interface CachedCode {
  /** The script as V8 compiled it: as {@link wrapScript} returns it. */
  readonly text: string;
  readonly data: Buffer;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** Lengths of the text and of the data, 4 bytes each. */
export const HEAD_BYTES = 8;

/** A larger file was not written here. */
export const MAX_BYTES = 32 << 20;

/** Node wraps CommonJS in the same function. */
export const WRAP_HEAD = '(function(exports,require,module,__filename,__dirname){';
export const WRAP_TAIL = '\n})';

/** V8 copies data that do not begin at such an address, as they do after a text of this length. */
const ALIGNMENT = 8;

/** What is only compared is read in parts, because new pages of memory cost time. */
const PART_BYTES = 64 << 10;

/** Returns the text that V8 compiles of a CommonJS script. */
export function wrapScript(source: Buffer): string {
  const head = headOf(source);
  const length = head.length + source.length + WRAP_TAIL.length;
  const spaces = ' '.repeat((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
  return `${head}${source.toString('utf8')}${WRAP_TAIL}${spaces}`;
}

/**
 * Reads the compiled code of a script. V8 runs whatever it is given, and crashes on damaged data,
 * so this returns nothing unless the file is this user's and closed to others, was made from
 * exactly this source, and both of its copies of the data are the same. Never waits, never throws.
 * @param script The file with the source.
 */
export function readCachedCode(path: string, script: string): CachedCode | undefined {
  const open: number[] = [];
  try {
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    open.push(fd);
    const found = fstatSync(fd);
    const { size, uid, mode, mtimeMs } = found;
    if (!found.isFile() || !isMine(uid, mode) || size > MAX_BYTES) return undefined;
    const part = Buffer.allocUnsafeSlow(PART_BYTES);
    if (readSync(fd, part, 0, HEAD_BYTES, 0) < HEAD_BYTES) return undefined;
    const [textBytes, dataBytes] = [part.readUInt32LE(0), part.readUInt32LE(4)];
    if (size !== HEAD_BYTES + textBytes + 2 * dataBytes || dataBytes === 0) return undefined;
    // V8 keeps it: not a part of a shared buffer.
    const kept = Buffer.allocUnsafeSlow(textBytes + dataBytes);
    if (readSync(fd, kept, 0, kept.length, HEAD_BYTES) < kept.length) return undefined;
    const source = openSync(script, O_RDONLY);
    open.push(source);
    const isRight =
      isSame(fd, HEAD_BYTES + kept.length, kept, textBytes, kept.length, part) &&
      isTextOf(source, kept, textBytes, part);
    if (!isRight) return undefined;
    const text = kept.toString('utf8', 0, textBytes);
    return { text, data: kept.subarray(textBytes), writtenAt: mtimeMs };
  } catch {
    return undefined;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/**
 * Writes the compiled code of a script, whole or not at all. Does nothing where there is no state
 * folder, or one that is open to others. Never throws: without the file, a start takes longer.
 * @param root The state folder.
 * @param path A file in a folder of `root`, which is created.
 * @param text As {@link wrapScript} returns it.
 */
export function writeCachedCode(root: string, path: string, text: string, data: Buffer): void {
  if (!isPrivateFolder(root)) return;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const draft = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    if (!isPrivateFolder(folder)) return;
    const fd = openSync(draft, 'wx', 0o600);
    try {
      const bytes = Buffer.from(text);
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32LE(bytes.length, 0);
      head.writeUInt32LE(data.length, 4);
      for (const part of [head, bytes, data, data]) writeWhole(fd, part);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch {
    removeDraft(draft);
  }
}

/** Whether `path` is a folder of this user that is closed to others. */
export function isPrivateFolder(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isDirectory() === true && isMine(found.uid, found.mode);
  } catch {
    return false;
  }
}

function isMine(uid: number, mode: number): boolean {
  const me = process.getuid?.();
  // Windows: the parent folder belongs to the user alone.
  return me === undefined || (uid === me && (mode & 0o077) === 0);
}

/** Node takes `#!` for a comment, V8 does not. */
function headOf(source: Buffer): string {
  return source[0] === 35 ? `${WRAP_HEAD}//` : WRAP_HEAD;
}

/** Whether `kept` begins with the text of the script that is open as `source`. */
function isTextOf(source: number, kept: Buffer, textBytes: number, part: Buffer): boolean {
  const { size } = fstatSync(source);
  readSync(source, part, 0, 1, 0);
  const head = headOf(part);
  const end = head.length + size;
  return (
    kept.toString('latin1', 0, head.length) === head &&
    isSame(source, 0, kept, head.length, end, part) &&
    kept.toString('latin1', end, textBytes).trimEnd() === WRAP_TAIL
  );
}

/** Whether a file has, from a place on, the bytes that `kept` has between `begin` and `end`. */
function isSame(
  fd: number,
  from: number,
  kept: Buffer,
  begin: number,
  end: number,
  part: Buffer,
): boolean {
  for (let at = begin; at < end; ) {
    const bytes = Math.min(part.length, end - at);
    const count = readSync(fd, part, 0, bytes, from + at - begin);
    if (count === 0 || part.compare(kept, at, at + count, 0, count) !== 0) return false;
    at += count;
  }
  return true;
}

function writeWhole(fd: number, part: Buffer): void {
  for (let written = 0; written < part.length; ) written += writeSync(fd, part, written);
}

function removeDraft(draft: string): void {
  try {
    if (lstatSync(draft, { throwIfNoEntry: false }) !== undefined) unlinkSync(draft);
  } catch {
    // The clean-up deletes it.
  }
}
