import { readSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

export interface InputLimits {
  /** Bytes that are kept; the rest is drained. */
  readonly sizeCap: number;
  /** Milliseconds since the epoch after which an unfinished input is given up. */
  readonly deadline: number;
}

export interface HookInputText {
  readonly text: string;
  /** What `text` says, where it had to be parsed to know that it is whole. */
  readonly parsed?: unknown;
  /** `false` when bytes that are no UTF-8 were replaced in `text`. */
  readonly isUtf8: boolean;
}

const CHUNK = 65_536;

/**
 * All of standard input, by a loop of synchronous reads: file descriptor 0 is a socket under Claude Code, so /dev/stdin cannot
 * be opened. Waits for end of file or until the JSON object is whole, whichever is first: a blocking read behind the last byte
 * would hang for as long as the writer keeps the other end open. Never throws; what came before a fault is returned.
 */
export function readInput({ sizeCap, deadline }: InputLimits): HookInputText {
  const chunks: Buffer[] = [];
  let kept = 0;
  do {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const count = readSome(chunk, deadline);
    if (count === 0) break;
    if (kept < sizeCap) chunks.push(chunk.subarray(0, count));
    kept += count;
    const whole = count < CHUNK && kept <= sizeCap ? readWhole(chunks) : undefined;
    if (whole !== undefined) return whole;
  } while (Date.now() < deadline);
  return decode(chunks);
}

/** Bytes read into `chunk`; 0 at the end of file, at the deadline, or when the other end is gone. */
function readSome(chunk: Buffer, deadline: number): number {
  for (;;) {
    try {
      return readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') return 0; // EOF on Windows, ECONNRESET, EISDIR: what came is judged as it is
      if (Date.now() >= deadline) return 0;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** The input, if an object has come whole. A text that does not end like one is not worth a parse. */
function readWhole(chunks: readonly Buffer[]): HookInputText | undefined {
  if (!/\}\s*$/.test(chunks.at(-1)?.subarray(-8).toString('latin1') ?? '')) return undefined;
  const input = decode(chunks);
  try {
    return { ...input, parsed: JSON.parse(input.text) };
  } catch {
    return undefined;
  }
}

function decode(chunks: readonly Buffer[]): HookInputText {
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('utf8');
  return { text, isUtf8: !text.includes('\uFFFD') || Buffer.from(text).equals(bytes) };
}
