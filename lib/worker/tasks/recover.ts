import { plural } from '../../core/units.ts';
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';
import { namesIn } from '../../core/files.ts';
import type { Log } from '../../core/log.ts';
import { removeTree } from '../../core/remove-tree.ts';
import { dropDraft } from '../../core/write-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import { recoverOrphans } from '../../queue/recover.ts';
import { drainRecovery, recoveryFolders } from '../../queue/recovery-folder.ts';
import { isAlive } from '../../queue/wakeup/is-alive.ts';
import {
  heartbeatOwners,
  readHeartbeats,
  removeHeartbeat,
  type SeenHeartbeat,
} from '../../queue/wakeup/heartbeat.ts';
import { fileSystemNow } from './sweep.ts';

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
    log(
      'warn',
      'ORPHANS_RETURNED',
      `Requeued ${plural(returned, 'entry', 'entries')} of dead workers`,
    );
  const kept = drainRecovery(folder.recovery, queue, entryCap());
  if (kept > 0) {
    log('info', 'RECOVERY_READ', `Read ${plural(kept, 'event')} from the recovery folder`);
    recoveryFolders(folder.recovery).forEach(removeOldMarks);
  }
  const beats = readHeartbeats(folder.heartbeat);
  for (const id of heartbeatOwners(folder.heartbeat)) {
    if (lives(id)) continue;
    const beat = beats.find((one) => one.id === id);
    if (beat === undefined || onDied === undefined || onDied(beat))
      removeHeartbeat(folder.heartbeat, id);
  }
  removeDeadPipes(folder.wake, lives, () => fileSystemNow(queue.tmp));
  dropDraft(folder.views);
}

/** Pipes of the dead, and yesterday's marks of autostart. Hidden pipes are in the making, unless their maker died a while ago. */
function removeDeadPipes(
  wake: string,
  lives: (worker: string) => boolean,
  now: () => number,
): void {
  for (const name of readdirSync(wake)) {
    // by the clock of the disk: a leader whose own is wrong must not take the pipe of a worker that starts
    if (lives(name) || (name.startsWith('.') && !isOld(`${wake}/${name}`, 60_000, now()))) continue;
    try {
      unlinkSync(`${wake}/${name}`);
    } catch (error) {
      if (errnoOf(error) === '') throw error; // another leader of another moment was first
    }
  }
}

/** Counts and marks that hooks put beside the kept events while they could not use the state folder; earlier versions named the folder of a session `said-…`. */
function removeOldMarks(recovery: string): void {
  const sessions = namesIn(`${recovery}/throttle`).map((name) => `${recovery}/throttle/${name}`);
  const earlier = namesIn(recovery).filter((name) => name.startsWith('said-'));
  for (const path of [...sessions, ...earlier.map((name) => `${recovery}/${name}`)])
    if (isOld(path, 7 * DAY_MS, Date.now())) removeTree(path);
}

function isOld(path: string, ageMs: number, now: number): boolean {
  return Math.abs(now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now)) > ageMs;
}
