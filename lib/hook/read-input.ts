import { readSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { stripByteOrderMark } from '../core/json.ts';

/** Seconds after which Claude Code ends a hook. The installer writes it into settings.json. */
export const HOOK_TIMEOUT_S = 30;

export interface InputLimits {
  /** Bytes to keep; the rest is drained. */
  readonly sizeCap: number;
  /**
   * Milliseconds since the epoch. After that it does not wait, but still reads what is available.
   */
  readonly deadline: number;
  /** A shorter deadline for an input above the cap: it cannot be used, only drained. */
  readonly drainDeadline?: number;
}

export interface HookInputText {
  readonly text: string;
  /** The parsed `text`, if it had to be parsed to find its end. */
  readonly parsed?: unknown;
  /** `false` if bytes that are not UTF-8 were replaced in `text`. */
  readonly isUtf8: boolean;
}

const CHUNK = 65_536;

/**
 * Milliseconds after the deadline in which available bytes are still read. A process that got no
 * CPU time finds its whole input then.
 */
const GRACE_MS = 4_000;

interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of the bytes are used. */
  readonly count: number;
}

/** White space that may follow the last brace of a JSON text. */
const SPACES: readonly number[] = [0x0a, 0x0d, 0x20, 0x09];
const CLOSING_BRACE = 0x7d;

/**
 * Reads all of standard input with synchronous reads. Under Claude Code file descriptor 0 is a
 * socket, so /dev/stdin cannot be opened. Stops at end of file or when the JSON object is complete,
 * because a read after the last byte would block as long as the writer keeps its end open. Never
 * throws; after an error it returns what it has read.
 */
export function readInput({
  sizeCap,
  deadline,
  drainDeadline = deadline,
}: InputLimits): HookInputText {
  const chunks: Chunk[] = [];
  let kept = 0;
  do {
    const bytes = new Uint8Array(CHUNK); // The first Buffer.allocUnsafe of a process costs more.
    const count = readSome(bytes, deadline);
    if (count === 0) break;
    if (kept < sizeCap) chunks.push({ bytes, count });
    kept += count;
    const whole =
      count < CHUNK && kept <= sizeCap && endsLikeObject(bytes, count)
        ? readWhole(chunks)
        : undefined;
    if (whole !== undefined) return whole;
  } while (Date.now() < (kept > sizeCap ? drainDeadline : deadline + GRACE_MS));
  return decode(chunks);
}

/**
 * Reads bytes into `chunk`. Returns 0 at end of file, at the deadline, or if the other end is
 * closed.
 */
function readSome(chunk: Uint8Array, deadline: number): number {
  for (;;) {
    try {
      return readSync(0, chunk);
    } catch (error) {
      // EOF on Windows, ECONNRESET, EISDIR: use what was read.
      if (errnoOf(error) !== 'EAGAIN') return 0;
      if (Date.now() >= deadline) return 0;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/**
 * Whether the last byte that is not white space is a closing brace. If not, parsing is not worth
 * the time.
 */
function endsLikeObject(bytes: Uint8Array, count: number): boolean {
  let last = count - 1;
  while (last > 0 && SPACES.includes(bytes[last] ?? 0)) last -= 1;
  return bytes[last] === CLOSING_BRACE;
}

/** Returns the input if it contains a complete object. */
function readWhole(chunks: readonly Chunk[]): HookInputText | undefined {
  const { text, isUtf8 } = decode(chunks);
  try {
    return { text, isUtf8, parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function decode(chunks: readonly Chunk[]): HookInputText {
  const parts = chunks.map(({ bytes, count }) => Buffer.from(bytes.buffer, 0, count));
  const [first] = parts;
  const all = first !== undefined && parts.length === 1 ? first : Buffer.concat(parts);
  const text = all.toString();
  const isUtf8 = !text.includes('\uFFFD') || Buffer.from(text).equals(all);
  return { text: stripByteOrderMark(text), isUtf8 };
}
