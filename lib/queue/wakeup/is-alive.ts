import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';

/**
 * Errors that the kernel returns if there is no reader, no pipe, or something else in its place.
 */
const NO_READER = ['ENXIO', 'ENOENT', 'ELOOP', 'ENOTDIR', 'EISDIR', 'ENODEV', 'EOPNOTSUPP'];

/**
 * Whether a worker is alive: the kernel reports that a process has its pipe open for reading. Uses
 * no pid, clock or lease, so a reused pid, a stopped process or a suspended laptop changes nothing.
 * If the check itself fails (EMFILE, EACCES, …) the answer is yes: waiting for the entries of a
 * dead worker is better than taking those of a living one.
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
