import type { EventEnvelope } from '../../core/envelope.ts';
import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';

/** A row per checkpoint, and the summary that a session carries in `checkpoint_data`. */
export const checkpointEffects: EffectTable = { 'checkpoint.created': record };

const INSERT = `
  INSERT INTO checkpoints (id, session_id, agent_id, kind, at, saved_by, operation_count, tool, target, outcome, tool_use_id, git_head, git_branch, note)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * Maxima alone, so the order of events does not matter; `last_checkpoint` is time and id of the latest, comparable as text.
 * libsql binds every number as REAL, hence the cast. One statement, because this runs for every checkpoint: the right-hand sides see the row as it was.
 */
const SUMMARISE = `
  UPDATE sessions SET
    operation_count = max(operation_count, ?2),
    last_auto_at = CASE WHEN ?3 = 'auto' THEN max(coalesce(last_auto_at, 0), ?4) ELSE last_auto_at END,
    last_checkpoint = max(coalesce(last_checkpoint, ''), ?5),
    checkpoint_data = json_object(
      'lastAutoCheckpoint', strftime('%Y-%m-%dT%H:%M:%fZ', CASE WHEN ?3 = 'auto' THEN max(coalesce(last_auto_at, 0), ?4) ELSE last_auto_at END / 1000.0, 'unixepoch'),
      'savedBy', CASE WHEN coalesce(last_checkpoint, '') < ?5 THEN ?6 ELSE json_extract(checkpoint_data, '$.savedBy') END,
      'operationCount', CAST(max(operation_count, ?2) AS INTEGER),
      'checkpointType', CASE WHEN coalesce(last_checkpoint, '') < ?5 THEN ?3 ELSE json_extract(checkpoint_data, '$.checkpointType') END)
  WHERE id = ?1`;

function record(database: Database, event: EventEnvelope): void {
  const { payload } = event;
  const session = stringField(payload, 'session_id');
  if (session === undefined) return; // a checkpoint of no session is an event like any other
  const call = objectField(payload, 'call');
  const text = (source: typeof payload, field: string): string | null => stringField(source, field) ?? null;
  const at = Date.parse(event.timestamp);
  const kind = text(payload, 'kind') ?? 'manual';
  const savedBy = text(payload, 'saved_by') ?? event.source;
  const count = numberField(payload, 'operation_count') ?? 0;
  database
    .prepare(INSERT)
    .run(
      event.event_id,
      session,
      text(payload, 'agent_id'),
      kind,
      at,
      savedBy,
      count,
      text(call, 'tool'),
      text(call, 'target'),
      text(call, 'outcome'),
      text(call, 'tool_use_id'),
      text(payload, 'git_head'),
      text(payload, 'git_branch'),
      text(payload, 'note'),
    );
  database.prepare(SUMMARISE).run(session, count, kind, at, `${String(at).padStart(15, '0')} ${event.event_id}`, savedBy);
}
