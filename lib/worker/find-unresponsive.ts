import { DAY_MS } from '../core/clock.ts';
import type { Unresponsive } from '../delivery/builtin/heartbeat.ts';
import { numberField, stringField } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';
import { readHeartbeats } from '../queue/wakeup/heartbeat.ts';
import { openAgents } from './table.ts';

/** A worker under load is late; one that is this late is stuck. */
const WORKER_GRACE_MS = 60_000;

/** An agent may think for a while, or run one long command. */
const AGENT_SILENCE_MS = 30 * 60_000;

/**
 * Finds workers with an open pipe and an overdue heartbeat, and agents that started, did not end,
 * and have done nothing for half an hour.
 */
export function findUnresponsive(
  folder: StateFolder,
  database: Database | undefined,
  now: number,
): readonly Unresponsive[] {
  const workers = readHeartbeats(folder.heartbeat).flatMap(
    ({ id, freshUntil }): readonly Unresponsive[] => {
      const silentMs = now - Date.parse(freshUntil);
      return silentMs > WORKER_GRACE_MS && isAlive(folder.wake, id)
        ? [{ kind: 'worker', id, silentMs }]
        : [];
    },
  );
  const agents = (database === undefined ? [] : openAgents(database, now - DAY_MS)).flatMap(
    (row): readonly Unresponsive[] => {
      const silentMs = now - (numberField(row, 'seen_at') ?? now);
      const sessionId = stringField(row, 'session_id') ?? '';
      return silentMs > AGENT_SILENCE_MS
        ? [{ kind: 'agent', id: stringField(row, 'agent_id') ?? '', sessionId, silentMs }]
        : [];
    },
  );
  return [...workers, ...agents];
}
