import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DAY_MS } from '../../core/clock.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { createProcessEvent } from './process-event.ts';
import { readOpenAgents } from './table.ts';

/** An agent is stale if it wrote nothing for this long and its session has ended. */
const QUIET_MS = 10 * 60_000;

/** Older sessions were checked when they ended. */
const LOOK_BACK_MS = 7 * DAY_MS;

/**
 * Finds agents that started, never ended, and were silent for ten minutes after their session
 * ended: their end will never be reported.
 * @returns an event for each; mark them with {@link markStale} once these are stored.
 */
export function findStaleAgents(database: Database, now: number): readonly EventEnvelope[] {
  return readOpenAgents(database, now - LOOK_BACK_MS).flatMap((row) => {
    const seenAt = Math.max(
      ...[
        numberField(row, 'started_at'),
        numberField(row, 'worked_at'),
        numberField(row, 'ended_at'),
        agentWrittenAt(row),
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
      createProcessEvent({
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

/**
 * When the agent's own transcript was written last, in milliseconds since the epoch.
 * @param row With `transcript_path` of the session, `session_id` and `agent_id`.
 */
export function agentWrittenAt(row: Row): number | undefined {
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
