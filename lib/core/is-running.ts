import { errnoOf } from './errors.ts';
import { readTextOrEmpty } from './files.ts';

/**
 * Whether a process has this id and has not ended. One of which only the exit status is left, which
 * nothing asks for in a container without an init, has ended. A process of another user counts.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
  return !readTextOrEmpty(`/proc/${pid}/stat`).includes(') Z ');
}
