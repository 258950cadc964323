import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 25;
const AFTER_KILL_MS = 1_000;

/**
 * Ends a process group: SIGTERM, then SIGKILL after `graceMs` for the remaining processes.
 * @param group The id of the process that leads the group, even after it has exited.
 * @returns when the group is empty, or a second after SIGKILL (a process in a hung system call
 * cannot be ended).
 */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM')) return;
  if (await isEmptyWithin(group, graceMs)) return;
  signalGroup(group, 'SIGKILL');
  await isEmptyWithin(group, AFTER_KILL_MS);
}

async function isEmptyWithin(group: number, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += LOOK_AGAIN_MS) {
    await sleep(LOOK_AGAIN_MS);
    if (!signalGroup(group, 0)) return true;
  }
  return false;
}

/** @returns whether a process received it. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal);
    return true;
  } catch {
    return false; // ESRCH: no process is left.
  }
}
