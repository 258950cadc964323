import { readdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { makeQueueFolder, type QueueFolder } from '../../queue/queue-folder.ts';
import { recoverOrphans } from '../../queue/recover.ts';
import { drainRecovery } from '../../queue/recovery-folder.ts';
import { isAlive } from '../../wakeup/is-alive.ts';
import { readHeartbeats, removeHeartbeat } from '../heartbeat.ts';

export interface RecoverParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  /** Id of the worker that recovers; it may live without a pipe. */
  readonly me: () => string;
  readonly entryCap: () => number;
  readonly log: Log;
}

/** Brings back what dead workers held and what the queue once refused, and clears away their pipes and heartbeats. */
export function recover({ folder, queue, me, entryCap, log }: RecoverParts): void {
  makeQueueFolder(queue);
  const lives = (worker: string): boolean => worker === me() || isAlive(folder.wake, worker);
  const returned = recoverOrphans(queue, lives);
  if (returned > 0) log('warn', 'ORPHANS_RETURNED', `${returned} entries of dead workers are back in the queue`);
  const kept = drainRecovery(folder.recovery, queue, entryCap());
  if (kept > 0) log('info', 'RECOVERY_READ', `${kept} events came in from ${folder.recovery}`);
  for (const { id } of readHeartbeats(folder.heartbeat)) if (!lives(id)) removeHeartbeat(folder.heartbeat, id);
  removeDeadPipes(folder.wake, lives);
}

/** Pipes of the dead, and yesterday's marks of autostart. Hidden names without a mark are pipes in the making. */
function removeDeadPipes(wake: string, lives: (worker: string) => boolean): void {
  for (const name of readdirSync(wake)) {
    const isStaleMark = name.startsWith('.start-') && Number(name.slice('.start-'.length)) * 10_000 < Date.now() - 60_000;
    if (name.startsWith('.') ? !isStaleMark : lives(name)) continue;
    try {
      unlinkSync(`${wake}/${name}`);
    } catch (error) {
      if (errnoOf(error) === '') throw error; // another leader of another moment was first
    }
  }
}
