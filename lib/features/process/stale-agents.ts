import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DAY_MS } from '../../core/clock.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { processEvent } from './process-event.ts';

/** So long nothing was written by an agent whose session has ended. */
const QUIET_MS = 10 * 60_000;

/** Older sessions were looked at when they ended, or nobody was there to look. */
const LOOK_BACK_MS = 7 * DAY_MS;

const OPEN = `SELECT a.session_id, a.agent_id, a.type, a.started_at, s.transcript_path, s.ended_at,
    (SELECT max(coalesce(ended_at, at)) FROM operations WHERE session_id = a.session_id AND agent_id = a.agent_id) AS worked_at
  FROM agents a JOIN sessions s ON s.id = a.session_id
  WHERE a.stopped_at IS NULL AND a.stale_at IS NULL AND a.started_at > ?1
    AND s.ended_at IS NOT NULL AND s.ended_at >= coalesce(s.last_started_at, 0) LIMIT 200`;

/**
 * Gives up agents that began, never ended, and were quiet for ten minutes while their session is over: nobody is there to tell of their end any more.
 * @returns an event for each; mark them with {@link markStale} once these are stored.
 */
export function staleAgents(database: Database, now: number): readonly EventEnvelope[] {
  return database
    .prepare(OPEN)
    .all(now - LOOK_BACK_MS)
    .flatMap((row) => {
      const seenAt = Math.max(
        ...[
          numberField(row, 'started_at'),
          numberField(row, 'worked_at'),
          numberField(row, 'ended_at'),
          writtenAt(row),
        ].map((at) => at ?? 0),
      );
      const silentMs = now - seenAt;
      if (silentMs <= QUIET_MS) return [];
      const of = {
        kind: 'agent',
        id: stringField(row, 'agent_id') ?? '',
        session: stringField(row, 'session_id') ?? '',
        type: stringField(row, 'type'),
      } as const;
      return [
        processEvent({
          what: 'stale',
          of,
          at: now,
          reason: 'session-ended',
          silentMs,
          cause: 'session-ended',
        }),
      ];
    });
}

/** When the agent's own transcript was written last. */
function writtenAt(row: Row): number | undefined {
  const main = stringField(row, 'transcript_path');
  const [session, agent] = [
    stringField(row, 'session_id') ?? '',
    stringField(row, 'agent_id') ?? '',
  ];
  if (main === undefined || !/^[\w-]{1,128}$/.test(session) || !/^[\w-]{1,128}$/.test(agent))
    return undefined;
  return statSync(join(dirname(main), session, 'subagents', `agent-${agent}.jsonl`), {
    throwIfNoEntry: false,
  })?.mtimeMs;
}
