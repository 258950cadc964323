import type { Readable } from 'node:stream';

/** What is kept of a handler's output; the rest is read and dropped. */
export const OUTPUT_CAP = 65_536;

/** The head of what some streams say, in the order in which it came. */
export interface CapturedOutput {
  /** How many bytes were said, kept or not. */
  readonly bytes: number;
  /** The kept text; a sign that the cut went through is left out. */
  text(): string;
}

/** Reads the streams to their ends, in memory of `cap` bytes at most. */
export function captureOutput(
  streams: readonly Readable[],
  cap: number = OUTPUT_CAP,
): CapturedOutput {
  const parts: Buffer[] = [];
  let kept = 0;
  let bytes = 0;
  for (const stream of streams) {
    stream.on('error', () => undefined); // its writer has exited: `close` reports it
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (kept >= cap) return;
      const part = Buffer.from(chunk.subarray(0, cap - kept)); // a copy: a slice would hold the whole chunk
      parts.push(part);
      kept += part.length;
    });
  }
  return {
    get bytes() {
      return bytes;
    },
    text: () => new TextDecoder().decode(Buffer.concat(parts), { stream: bytes > cap }),
  };
}
