import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Asks the processes whose environment names a folder below `root` to end. @returns how many there
 * were; 0 where the system does not show environments (no `/proc`).
 */
export function endProcessesOf(root: string): number {
  if (!existsSync('/proc/self/environ')) return 0;
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => environmentOf(pid).includes(`=${root}/`));
  for (const pid of found) end(Number(pid));
  return found.length;
}

/** Empty for a process that has ended, or of another user. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // it has ended by itself meanwhile
  }
}
