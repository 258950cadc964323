import { readFileSync } from 'node:fs';

/** Whether a process is there and has not ended; one that only waits for its parent to ask how it ended has. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return process.platform !== 'linux'; // where there is no such folder nothing more is known
  }
}
