import type { EventEnvelope } from '../../events/envelope.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { processEvent, WORKER_END } from '../../features/process/process-event.ts';
import { staleAgents } from '../../features/process/stale-agents.ts';
import { lookAgain } from '../../features/security/judge-calls.ts';
import type { Database } from '../../store/database.ts';
import { readHeartbeats, type SeenHeartbeat } from '../../queue/wakeup/heartbeat.ts';
import { silentOnes } from '../silent.ts';
import type { StoreKeeper } from '../store-keeper.ts';

export interface ProcessWatchParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/**
 * Reports workers that live but do not beat, at the second look in a row (after a sleep of the machine the first one finds all of them late), and
 * agents that will never end. Reports each silence once.
 */
export function processWatch({ folder, clock, database, storeAs }: ProcessWatchParts): () => void {
  let late = new Set<string>();
  return () => {
    const store = database();
    if (store === undefined) return;
    const now = clock();
    const beats = new Map(readHeartbeats(folder.heartbeat).map((beat) => [beat.id, beat]));
    const silent = silentOnes(folder, undefined, now).map(({ id, silentMs }) => ({
      id,
      silentMs,
      since: beats.get(id)?.freshUntil ?? '',
      pid: beats.get(id)?.pid,
    }));
    const workers = silent
      .filter(({ id, since }) => late.has(`${id} ${since}`))
      .map(({ id, pid, silentMs, since }) =>
        processEvent({
          what: 'stale',
          of: { kind: 'worker', id, pid },
          at: now,
          reason: 'no-heartbeat',
          silentMs,
          cause: since,
        }),
      );
    late = new Set(silent.map(({ id, since }) => `${id} ${since}`));
    const agents = staleAgents(store, now);
    if (workers.length + agents.length > 0) storeAs([...workers, ...agents]);
    lookAgain(store);
  };
}

export interface DeathTellerParts extends Pick<ProcessWatchParts, 'clock' | 'storeAs'> {
  readonly keeper: Pick<StoreKeeper, 'get'>;
}

/** Reports that a worker died: its pipe is dead, and its heartbeat is still there. @returns a check whether the store has the report. */
export function deathTeller({
  clock,
  keeper,
  storeAs,
}: DeathTellerParts): (worker: SeenHeartbeat) => boolean {
  return ({ id, pid }) => {
    if (keeper.get() === undefined) return false;
    storeAs([
      processEvent({
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
