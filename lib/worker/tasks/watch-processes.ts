import type { EventEnvelope } from '../../events/envelope.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { createProcessEvent, WORKER_END } from '../../features/process/process-event.ts';
import { findStaleAgents } from '../../features/process/stale-agents.ts';
import { requestPendingChecks } from '../../features/security/security-refresher.ts';
import type { Database } from '../../store/database.ts';
import { readHeartbeats, type SeenHeartbeat } from '../../queue/wakeup/heartbeat.ts';
import { findUnresponsive } from '../find-unresponsive.ts';
import type { StoreConnection } from '../store-connection.ts';

export interface ProcessWatchParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/**
 * Reports workers that are alive without heartbeats, at the second check in a row (after a suspend,
 * the first check finds all of them late), and agents that will never end. Reports each once.
 */
export function processWatch({ folder, clock, database, storeAs }: ProcessWatchParts): () => void {
  let late = new Set<string>();
  return () => {
    const store = database();
    if (store === undefined) return;
    const now = clock();
    const beats = new Map(readHeartbeats(folder.heartbeat).map((beat) => [beat.id, beat]));
    const unresponsive = findUnresponsive(folder, undefined, now).map(({ id, silentMs }) => ({
      id,
      silentMs,
      since: beats.get(id)?.freshUntil ?? '',
      pid: beats.get(id)?.pid,
    }));
    const workers = unresponsive
      .filter(({ id, since }) => late.has(`${id} ${since}`))
      .map(({ id, pid, silentMs, since }) =>
        createProcessEvent({
          what: 'stale',
          of: { kind: 'worker', id, pid },
          at: now,
          reason: 'no-heartbeat',
          silentMs,
          cause: since,
        }),
      );
    late = new Set(unresponsive.map(({ id, since }) => `${id} ${since}`));
    const agents = findStaleAgents(store, now);
    if (workers.length + agents.length > 0) storeAs([...workers, ...agents]);
    requestPendingChecks(store);
  };
}

export interface DeathReporterParts extends Pick<ProcessWatchParts, 'clock' | 'storeAs'> {
  readonly storeConnection: Pick<StoreConnection, 'get'>;
}

/**
 * Reports that a worker died: its pipe is dead, and its heartbeat still exists.
 * @returns a function that checks whether the store has the report.
 */
export function deathReporter({
  clock,
  storeConnection,
  storeAs,
}: DeathReporterParts): (worker: SeenHeartbeat) => boolean {
  return ({ id, pid }) => {
    if (storeConnection.get() === undefined) return false;
    storeAs([
      createProcessEvent({
        what: 'exited',
        of: { kind: 'worker', id, pid },
        at: clock(),
        reason: 'died',
        cause: WORKER_END,
      }),
    ]);
    return true;
  };
}
