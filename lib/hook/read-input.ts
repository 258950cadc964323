import { readSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { withoutByteOrderMark } from '../core/json.ts';

/** Seconds after which Claude Code ends a hook of ours: the installer writes it into settings.json. */
export const HOOK_TIMEOUT_S = 30;

export interface InputLimits {
  /** Bytes that are kept; the rest is drained. */
  readonly sizeCap: number;
  /** Milliseconds since the epoch after which nothing is waited for; what is there already is read. */
  readonly deadline: number;
  /** The same for an input above the cap: it cannot be used, so it is drained for a shorter time. */
  readonly drainDeadline?: number;
}

export interface HookInputText {
  readonly text: string;
  /** What `text` says, where it had to be parsed to know that it is whole. */
  readonly parsed?: unknown;
  /** `false` when bytes that are no UTF-8 were replaced in `text`. */
  readonly isUtf8: boolean;
}

const CHUNK = 65_536;

/** Milliseconds past the deadline in which what has come is still taken. A process that got no turn of the processor meanwhile finds its whole input there. */
const GRACE_MS = 4_000;

interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of them were read. */
  readonly count: number;
}

/** What may follow the last brace of a JSON text. */
const SPACES: readonly number[] = [0x0a, 0x0d, 0x20, 0x09];
const CLOSING_BRACE = 0x7d;

/**
 * All of standard input, by a loop of synchronous reads: file descriptor 0 is a socket under Claude Code, so /dev/stdin cannot
 * be opened. Waits for end of file or until the JSON object is whole, whichever is first: a blocking read behind the last byte
 * would hang for as long as the writer keeps the other end open. Never throws; what came before a fault is returned.
 */
export function readInput({
  sizeCap,
  deadline,
  drainDeadline = deadline,
}: InputLimits): HookInputText {
  const chunks: Chunk[] = [];
  let kept = 0;
  do {
    const bytes = new Uint8Array(CHUNK); // the first Buffer.allocUnsafe of a process costs more
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

/** Bytes read into `chunk`; 0 at the end of file, at the deadline, or when the other end is gone. */
function readSome(chunk: Uint8Array, deadline: number): number {
  for (;;) {
    try {
      return readSync(0, chunk);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') return 0; // EOF on Windows, ECONNRESET, EISDIR: what came is judged as it is
      if (Date.now() >= deadline) return 0;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Whether the last byte that is no white space is a closing brace. A text that does not end like an object is not worth a parse. */
function endsLikeObject(bytes: Uint8Array, count: number): boolean {
  let last = count - 1;
  while (last > 0 && SPACES.includes(bytes[last] ?? 0)) last -= 1;
  return bytes[last] === CLOSING_BRACE;
}

/** The input, if an object has come whole. */
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
  return { text: withoutByteOrderMark(text), isUtf8 };
}
