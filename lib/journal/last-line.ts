import { closeSync, openSync, readSync } from 'node:fs';

const MOST = 17 * 1024 * 1024; // the largest entry that settings allow

/** The last line of a file that ends, with its line end, at `length`; empty for an empty file. */
export function lastLine(path: string, length: number): string {
  const fd = openSync(path, 'r');
  try {
    for (let size = 65_536; ; size *= 4) {
      const from = Math.max(0, length - size);
      const bytes = Buffer.alloc(length - from);
      readSync(fd, bytes, 0, bytes.length, from);
      const end = bytes.length - 1;
      const start = end <= 0 ? -1 : bytes.lastIndexOf(0x0a, end - 1);
      if (start >= 0 || from === 0 || size > MOST)
        return bytes.toString('utf8', start + 1, Math.max(0, end));
    }
  } finally {
    closeSync(fd);
  }
}
