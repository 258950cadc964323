import type { Readable } from 'node:stream';

/** Bytes of an answer that are looked at. */
const HEAD_BYTES = 4_096;

/** Time that a body has: the status alone decides, so the rest is not waited for. */
const BODY_MS = 1_000;

/** The beginning of a body, as far as it came. A longer or slower one is cut off, with its connection. Never throws. */
export function readHead(body: Readable): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => body.destroy(), BODY_MS);
    const finish = (): void => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts).toString('utf8', 0, HEAD_BYTES));
    };
    body.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > HEAD_BYTES) body.destroy();
    });
    body.on('error', () => undefined); // cut off half-way: what came is what there is
    body.once('close', finish);
  });
}
