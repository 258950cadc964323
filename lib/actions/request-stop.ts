import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { QUIT, ring } from '../queue/wakeup/ring.ts';

/**
 * `stopped`: its pipe is dead. `absent`: no worker reads the pipe. `silent`: the worker is alive
 * after the patience.
 */
export type StopAnswer = 'stopped' | 'absent' | 'silent';

export interface StopRequest {
  /** The state folder's `wake/`. */
  readonly wakeFolder: string;
  readonly worker: string;
  /** Milliseconds that the worker gets to drain and leave. */
  readonly patienceMs: number;
}

const LOOK_AGAIN_MS = 25;

/**
 * Asks a worker over its pipe to finish, and waits until the kernel says that its pipe is dead.
 * Never signals a pid: another process may have it by now.
 */
export async function requestStop({
  wakeFolder,
  worker,
  patienceMs,
}: StopRequest): Promise<StopAnswer> {
  if (!ring(`${wakeFolder}/${worker}`, QUIT)) return 'absent';
  for (let waited = 0; waited < patienceMs; waited += LOOK_AGAIN_MS) {
    if (!isAlive(wakeFolder, worker)) return 'stopped';
    await sleep(LOOK_AGAIN_MS);
  }
  return isAlive(wakeFolder, worker) ? 'silent' : 'stopped';
}
