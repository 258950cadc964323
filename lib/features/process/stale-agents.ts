import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DAY_MS } from '../../core/clock.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { processEvent } from './process-event.ts';
import { openAgents } from './table.ts';

/** So long nothing was written by an agent whose session has ended. */
const QUIET_MS = 10 * 60_000;

/** Older sessions were looked at when they ended, or nobody was there to look. */
const LOOK_BACK_MS = 7 * DAY_MS;

/**
 * Gives up agents that began, never ended, and were quiet for ten minutes while their session is over: nobody is there to tell of their end any more.
 * @returns an event for each; mark them with {@link markStale} once these are stored.
 */
export function staleAgents(database: Database, now: number): readonly EventEnvelope[] {
  return openAgents(database, now - LOOK_BACK_MS).flatMap((row) => {
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
