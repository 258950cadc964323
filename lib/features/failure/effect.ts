import type { EventEnvelope } from '../../core/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type EffectTable } from '../../store/effect.ts';

/** A row per failure: a tool call that failed, or a turn that the API ended. */
export const failureEffects: EffectTable = { 'task.failed': each(record) };

function record(database: Database, event: EventEnvelope): void {
  const { payload } = event;
  const call = objectField(payload, 'call');
  const turn = objectField(payload, 'turn');
  database
    .prepare('INSERT INTO failures (id, session_id, agent_id, tool_use_id, tool, target, error, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      event.event_id,
      stringField(payload, 'session_id') ?? null,
      stringField(payload, 'agent_id') ?? null,
      stringField(call, 'tool_use_id') ?? null,
      stringField(call, 'tool') ?? 'turn',
      stringField(call, 'target') ?? null,
      stringField(call, 'error') ?? stringField(turn, 'error') ?? 'no reason given',
      Date.parse(event.timestamp),
    );
}
