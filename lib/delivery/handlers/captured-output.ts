import type { Readable } from 'node:stream';

/** Bytes of a handler's output to keep. The rest is read and dropped. */
export const OUTPUT_CAP = 65_536;

/** The first output of some streams, in the order in which it arrived. */
export interface CapturedOutput {
  /** Number of bytes, kept or not. */
  readonly bytes: number;
  /** Returns the kept text, without a character that the cut split. */
  text(): string;
}

/** Reads the streams to their ends and keeps at most `cap` bytes. */
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
      // A copy: a slice would keep the whole chunk in memory.
      const part = Buffer.from(chunk.subarray(0, cap - kept));
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
