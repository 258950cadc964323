import { closeSync, constants, fstatSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';

/**
 * Wakes every worker: writes one byte into each pipe of `wake/`. Only a hint; a lost one delays
 * work until the next safety scan.
 * @returns how many pipes have a reader. A full pipe counts: its wake-up is already pending.
 */
export function ringAll(wakeFolder: string): number {
  let names: string[];
  try {
    names = readdirSync(wakeFolder);
  } catch {
    return 0; // No worker ever ran here.
  }
  let awake = 0;
  for (const name of names)
    if (!name.startsWith('.') && ring(`${wakeFolder}/${name}`, RING)) awake += 1;
  return awake;
}

/** The meaning of a byte in a pipe: "there may be work", or "please finish and exit". */
export const RING = '\n';
export const QUIT = 'q';

/**
 * Writes one byte into one pipe.
 * @returns whether a process has it open for reading. Never blocks, never creates a file.
 */
export function ring(pipe: string, byte: typeof RING | typeof QUIT): boolean {
  try {
    const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      if (!fstatSync(fd).isFIFO()) return false;
      writeFileSync(fd, byte);
      return true;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // EAGAIN: the pipe is full, so its worker will wake. ENXIO, ENOENT: no reader.
    return errnoOf(error) === 'EAGAIN';
  }
}
