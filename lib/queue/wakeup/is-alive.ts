import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';

/** What the kernel answers without a reader: no reader, no pipe, or something else in its place. */
const NO_READER = ['ENXIO', 'ENOENT', 'ELOOP', 'ENOTDIR', 'EISDIR', 'ENODEV', 'EOPNOTSUPP'];

/**
 * Whether a worker lives: the kernel says that a process has its pipe open for reading. No pid, no clock, no lease, so a
 * reused pid, a stopped process or a suspended laptop changes nothing. Where the question cannot be asked (EMFILE, EACCES, …) the
 * answer is yes: to wait for a dead worker's entries is better than to take a living one's.
 */
export function isAlive(wakeFolder: string, worker: string): boolean {
  try {
    const fd = openSync(
      `${wakeFolder}/${worker}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
    );
    try {
      return fstatSync(fd).isFIFO();
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return !NO_READER.includes(errnoOf(error));
  }
}
