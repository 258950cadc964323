import { errnoOf } from './errors.ts';
import { readTextOrEmpty } from './files.ts';

/**
 * Whether a process with this id exists and has not ended. A zombie counts as ended (in a container
 * without an init, nothing reaps it). A process of another user counts as running.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
  return !readTextOrEmpty(`/proc/${pid}/stat`).includes(') Z ');
}
