import { readdirSync, readFileSync } from 'node:fs';

/**
 * The ids of all running processes whose environment names `root`. Known on Linux only; elsewhere
 * the list is empty.
 */
export function processesOf(root: string): readonly number[] {
  return listed('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => environmentOf(pid).includes(root))
    .map(Number);
}

/** Ends what a failed test left behind below its own throw-away root. */
export function endProcessesOf(root: string): void {
  for (const pid of processesOf(root)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has just ended by itself
    }
  }
}

/** A process that ended, or whose parent has not collected it yet, has no environment. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
