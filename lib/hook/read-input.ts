import { readSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

export interface InputLimits {
  /** Bytes that are kept; the rest is drained and counted, never kept. */
  readonly sizeCap: number;
  /** Milliseconds since the epoch after which an unfinished input is given up. */
  readonly deadline: number;
}

export interface HookInputText {
  readonly text: string;
  /** Bytes that came, kept or not. */
  readonly size: number;
}

const CHUNK = 65_536;

/**
 * All of standard input, by a loop of synchronous reads: file descriptor 0 is a socket under Claude Code, so /dev/stdin cannot
 * be opened. Waits for end of file or until the JSON object is whole, whichever is first; always drains what is there, because a
 * writer that meets a closed pipe reports an error.
 */
export function readInput(limits: InputLimits): HookInputText {
  const chunks: Buffer[] = [];
  let size = 0;
  let kept = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const count = readSome(chunk, limits.deadline, () => isWhole(chunks));
    if (count === 0) break;
    size += count;
    if (kept >= limits.sizeCap) continue;
    chunks.push(chunk.subarray(0, count));
    kept += count;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), size };
}

/** Bytes read into `chunk`; 0 at the end of file, at the deadline, or when nothing more is due. */
function readSome(chunk: Buffer, deadline: number, isDone: () => boolean): number {
  for (;;) {
    try {
      return readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EOF') return 0; // Windows says so by an error
      if (code !== 'EAGAIN') throw error;
      if (isDone() || Date.now() >= deadline) return 0;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Whether an object has come whole. Claude Code ends it with a newline; anything shorter is not worth a parse. */
function isWhole(chunks: readonly Buffer[]): boolean {
  const last = chunks.at(-1);
  if (last === undefined || !/[}]\s*$/.test(last.subarray(-8).toString('latin1'))) return false;
  try {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
