import { fstatSync, statSync, writeSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import type { Output } from './command-context.ts';

/**
 * Opens standard output or standard error. Files and pipes are written by system calls alone,
 * because Node's own stream for them takes some 4 ms to load. A terminal gets Node's stream, which
 * knows its width.
 * @param onReaderGone Called when no process reads the pipe any more.
 */
export function openOutput(name: 'stdout' | 'stderr', onReaderGone: () => void): Output {
  const fd = name === 'stdout' ? 1 : 2;
  if (mayBeTerminal(fd)) return openStream(name, onReaderGone);
  let stream: Output | undefined;
  let isGone = false;
  return {
    write(text) {
      if (isGone) return;
      if (stream !== undefined) {
        stream.write(text);
        return;
      }
      let left = Buffer.from(text);
      try {
        while (left.length > 0) left = left.subarray(writeSync(fd, left));
      } catch (error) {
        if (errnoOf(error) === 'EAGAIN') {
          // the pipe is full and does not block
          const opened = openStream(name, onReaderGone);
          opened.write(left);
          stream = opened;
        } else if (errnoOf(error) === 'EPIPE') {
          isGone = true;
          onReaderGone();
        } else throw error;
      }
    },
  };
}

/** Whether standard input (0), output (1) or error (2) may be a terminal; on Windows always. */
export function mayBeTerminal(fd: 0 | 1 | 2): boolean {
  if (process.platform === 'win32') return true;
  const found = fstatSync(fd);
  return found.isCharacterDevice() && found.rdev !== statSync('/dev/null').rdev;
}

function openStream(name: 'stdout' | 'stderr', onReaderGone: () => void): NodeJS.WriteStream {
  const stream = process[name];
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    onReaderGone();
  });
  return stream;
}
