import { plural } from '../../core/units.ts';
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';
import { namesIn } from '../../core/files.ts';
import type { Log } from '../../core/log.ts';
import { removeTree } from '../../core/remove-tree.ts';
import { deleteViewDraft } from '../../core/write-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import { recoverOrphans } from '../../queue/recover.ts';
import { drainRecovery, listRecoveryFolders } from '../../queue/recovery-folder.ts';
import { isAlive } from '../../queue/wakeup/is-alive.ts';
import {
  listHeartbeatWorkers,
  readHeartbeats,
  removeHeartbeat,
  type SeenHeartbeat,
} from '../../queue/wakeup/heartbeat.ts';
import { fileSystemNow } from './sweep.ts';

export interface RecoverParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  /** Returns the id of the recovering worker. It may live without a pipe. */
  readonly me: () => string;
  readonly entryCap: () => number;
  readonly log: Log;
  /**
   * Called with each worker that died and left a heartbeat.
   * @returns whether it was reported; else it is called again.
   */
  readonly onDied?: (worker: SeenHeartbeat) => boolean;
}

/**
 * Returns the entries of dead workers and of the recovery folder to the queue, and deletes pipes
 * and heartbeats of dead workers.
 */
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
    listRecoveryFolders(folder.recovery).forEach(removeOldMarks);
  }
  const beats = readHeartbeats(folder.heartbeat);
  for (const id of listHeartbeatWorkers(folder.heartbeat)) {
    if (lives(id)) continue;
    const beat = beats.find((one) => one.id === id);
    if (beat === undefined || onDied === undefined || onDied(beat))
      removeHeartbeat(folder.heartbeat, id);
  }
  removeDeadPipes(folder.wake, lives, () => fileSystemNow(queue.tmp));
  deleteViewDraft(folder.views);
}

/**
 * Deletes pipes of dead workers, and autostart marks of yesterday. Hidden pipes are being created,
 * unless their maker died a while ago.
 */
function removeDeadPipes(
  wake: string,
  lives: (worker: string) => boolean,
  now: () => number,
): void {
  for (const name of readdirSync(wake)) {
    // By the disk's clock: a leader whose own clock is wrong must not delete the pipe of a starting
    // worker.
    if (lives(name) || (name.startsWith('.') && !isOld(`${wake}/${name}`, 60_000, now()))) continue;
    try {
      unlinkSync(`${wake}/${name}`);
    } catch (error) {
      if (errnoOf(error) === '') throw error; // Another leader was first.
    }
  }
}

/**
 * Deletes counts and marks that hooks wrote beside the kept events while they could not use the
 * state folder. Earlier versions named the folder of a session `said-…`.
 */
function removeOldMarks(recovery: string): void {
  const sessions = namesIn(`${recovery}/throttle`).map((name) => `${recovery}/throttle/${name}`);
  const earlier = namesIn(recovery).filter((name) => name.startsWith('said-'));
  for (const path of [...sessions, ...earlier.map((name) => `${recovery}/${name}`)])
    if (isOld(path, 7 * DAY_MS, Date.now())) removeTree(path);
}

function isOld(path: string, ageMs: number, now: number): boolean {
  return Math.abs(now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now)) > ageMs;
}
