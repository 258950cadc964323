import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { dropDraft } from '../../core/write-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import { recoverOrphans } from '../../queue/recover.ts';
import { drainRecovery } from '../../queue/recovery-folder.ts';
import { isAlive } from '../../queue/wakeup/is-alive.ts';
import {
  heartbeatOwners,
  readHeartbeats,
  removeHeartbeat,
  type SeenHeartbeat,
} from '../../queue/wakeup/heartbeat.ts';

export interface RecoverParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  /** Id of the worker that recovers; it may live without a pipe. */
  readonly me: () => string;
  readonly entryCap: () => number;
  readonly log: Log;
  /** Called with each worker that died and left a heartbeat behind. @returns whether it was reported; else it is called again. */
  readonly onDied?: (worker: SeenHeartbeat) => boolean;
}

/** Brings back what dead workers held and what the queue once refused, and clears away their pipes and heartbeats. */
export function recover({ folder, queue, me, entryCap, log, onDied }: RecoverParts): void {
  const lives = (worker: string): boolean => worker === me() || isAlive(folder.wake, worker);
  const returned = recoverOrphans(queue, lives);
  if (returned > 0)
    log('warn', 'ORPHANS_RETURNED', `${returned} entries of dead workers are back in the queue`);
  const kept = drainRecovery(folder.recovery, queue, entryCap());
  if (kept > 0) log('info', 'RECOVERY_READ', `${kept} events came in from the recovery folder`);
  const beats = readHeartbeats(folder.heartbeat);
  for (const id of heartbeatOwners(folder.heartbeat)) {
    if (lives(id)) continue;
    const beat = beats.find((one) => one.id === id);
    if (beat === undefined || onDied === undefined || onDied(beat))
      removeHeartbeat(folder.heartbeat, id);
  }
  removeDeadPipes(folder.wake, lives);
  dropDraft(folder.views);
}

/** Pipes of the dead, and yesterday's marks of autostart. Hidden pipes are in the making, unless their maker died a while ago. */
function removeDeadPipes(wake: string, lives: (worker: string) => boolean): void {
  for (const name of readdirSync(wake)) {
    if (lives(name) || (name.startsWith('.') && !isOld(`${wake}/${name}`))) continue;
    try {
      unlinkSync(`${wake}/${name}`);
    } catch (error) {
      if (errnoOf(error) === '') throw error; // another leader of another moment was first
    }
  }
}

const OLD_MS = 60_000;

function isOld(path: string): boolean {
  return (
    Math.abs(Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())) >
    OLD_MS
  );
}
