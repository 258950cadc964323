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
  readonly data: Buffer;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** Lengths of the source and of the data, 4 bytes each. */
export const HEAD_BYTES = 8;

/** A larger file was not written here. */
export const MAX_BYTES = 32 << 20;

/**
 * Reads the compiled code of a script. V8 runs whatever it is given, and crashes on damaged data,
 * so this returns nothing unless the file is this user's and closed to others, was made from
 * exactly this source, and both of its copies of the data are the same. Never waits, never throws.
 */
export function readCachedCode(path: string, source: Buffer): CachedCode | undefined {
  let fd: number | undefined;
  try {
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const { size, uid, mode, mtimeMs, isFile } = describe(fd);
    if (!isFile || !isMine(uid, mode) || size < HEAD_BYTES || size > MAX_BYTES) return undefined;
    const content = Buffer.allocUnsafeSlow(size); // V8 keeps it: not a part of a shared buffer.
    if (readSync(fd, content, 0, size, 0) < size) return undefined;
    const data = dataIn(content, source);
    return data === undefined ? undefined : { data, writtenAt: mtimeMs };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Writes the compiled code of a script, whole or not at all. Does nothing where there is no state
 * folder, or one that is open to others. Never throws: without the file, a start takes longer.
 * @param root The state folder.
 * @param path A file in a folder of `root`, which is created.
 */
export function writeCachedCode(root: string, path: string, source: Buffer, data: Buffer): void {
  if (!isPrivateFolder(root)) return;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const draft = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    if (!isPrivateFolder(folder)) return;
    const fd = openSync(draft, 'wx', 0o600);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32LE(source.length, 0);
      head.writeUInt32LE(data.length, 4);
      for (const part of [head, source, data, data]) writeWhole(fd, part);
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

function describe(fd: number) {
  const found = fstatSync(fd);
  const { size, uid, mode, mtimeMs } = found;
  return { size, uid, mode, mtimeMs, isFile: found.isFile() };
}

/** One damaged place is in one of the two copies only. */
function dataIn(content: Buffer, source: Buffer): Buffer | undefined {
  const [sourceBytes, dataBytes] = [content.readUInt32LE(0), content.readUInt32LE(4)];
  const begin = HEAD_BYTES + source.length;
  const isWhole = content.length === begin + 2 * dataBytes;
  if (sourceBytes !== source.length || !isWhole || dataBytes === 0) return undefined;
  if (!source.equals(content.subarray(HEAD_BYTES, begin))) return undefined;
  const data = content.subarray(begin, begin + dataBytes);
  return data.equals(content.subarray(begin + dataBytes)) ? data : undefined;
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
