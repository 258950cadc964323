import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { changePattern } from './change-pattern.ts';
import { failedCommand } from './failed-command.ts';
import { touchedBy } from './fix-commands.ts';
import { keepFailure } from './keep-run.ts';

/** A row per failure (a tool call, a command in a log, a turn that the API ended), what is learned from it, and what the user decides about that. */
export const failureEffects: EffectTable = {
  'task.failed': each(record),
  'checkpoint.created': each(learnFrom),
  'learning.pattern_changed': each(changePattern),
};

const LEARN_AGAIN =
  'INSERT OR IGNORE INTO unlearned (tool_use_id, session_id) SELECT tool_use_id, session_id FROM operations WHERE session_id = ? AND at >= ?';

const MAY_USE_NETWORK = /^(?:Bash|WebFetch|WebSearch|mcp__.+)$/;

function record(database: Database, event: EventEnvelope): void {
  const { payload } = event;
  const call = objectField(payload, 'call');
  const turn = objectField(payload, 'turn');
  const tool = stringField(call, 'tool');
  const error = stringField(call, 'error') ?? stringField(turn, 'error') ?? 'no reason given';
  database
    .prepare(
      'INSERT INTO failures (id, session_id, agent_id, tool_use_id, tool, target, error, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      event.event_id,
      text(payload, 'session_id'),
      text(payload, 'agent_id'),
      text(call, 'tool_use_id'),
      tool ?? 'turn',
      text(call, 'target'),
      error,
      Date.parse(event.timestamp),
    );
  if (payload['is_interrupt'] === true) return;
  if (tool !== undefined && MAY_USE_NETWORK.test(tool))
    requestRefresh(database, 'network', [event.event_id]);
  if (tool !== undefined)
    learnFailure(database, event, { tool, target: stringField(call, 'target') ?? '', error });
}

function learnFailure(
  database: Database,
  event: EventEnvelope,
  {
    tool,
    target,
    error,
  }: { readonly tool: string; readonly target: string; readonly error: string },
): void {
  const { payload } = event;
  const toolUseId = text(objectField(payload, 'call'), 'tool_use_id');
  const session = text(payload, 'session_id');
  const { shape, pattern } = failedCommand(tool, target, error, stringField(payload, 'project'));
  if (toolUseId !== null)
    database
      .prepare("DELETE FROM command_runs WHERE id = ? AND source = 'transcript'")
      .run(toolUseId); // what a hook saw stands
  const isNew =
    database.prepare('SELECT 1 FROM failure_patterns WHERE command_key = ?').get(shape.key) ===
    undefined;
  keepFailure(database, {
    ...{
      id: toolUseId ?? event.event_id,
      session,
      project: text(payload, 'project'),
      repository: text(payload, 'repository'),
    },
    ...{
      at: Date.parse(event.timestamp),
      tool,
      shape,
      pattern,
      command: target,
      error,
      source: toolUseId === null ? 'log' : 'hook',
    },
  });
  requestRefresh(database, 'failure', touchedBy(database, shape.key));
  if (session === null) return;
  if (isNew) database.prepare(LEARN_AGAIN).run(session, Date.parse(event.timestamp)); // successes that came before this failure were of no use then
  requestRefresh(database, 'lessons', [session]);
}

/** A call that went well may be the fix of one that did not. */
function learnFrom(database: Database, { payload }: EventEnvelope): void {
  const session = text(payload, 'session_id');
  if (session !== null && stringField(objectField(payload, 'call'), 'tool_use_id') !== undefined)
    requestRefresh(database, 'lessons', [session]);
}

function text(fields: JsonObject, name: string): string | null {
  return stringField(fields, name) ?? null;
}
