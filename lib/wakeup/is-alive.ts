import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/**
 * Whether a worker lives, by the kernel's word: somebody has its pipe open for reading. No pid, no clock, no lease, so a
 * reused pid, a stopped process and a suspended laptop fool nobody.
 */
export function isAlive(wakeFolder: string, worker: string): boolean {
  try {
    const fd = openSync(`${wakeFolder}/${worker}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return fstatSync(fd).isFIFO();
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // ENXIO: no reader; ENOENT: no pipe; ELOOP: a link
  }
}
