import type { EventEnvelope } from '../../events/envelope.ts';
import { groupBy } from '../../core/group-by.ts';
import { type JsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import type { Database, SqlValue } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';
import { insertMany, type InsertShape } from '../../store/insert-many.ts';

/** A row per checkpoint, and the summary that a session carries in `checkpoint_data`. */
export const checkpointEffects: EffectTable = { 'checkpoint.created': record };

const CHECKPOINTS: InsertShape = {
  table: 'checkpoints',
  columns: [
    'id',
    'session_id',
    'agent_id',
    'kind',
    'at',
    'saved_by',
    'operation_count',
    'tool',
    'target',
    'outcome',
    'tool_use_id',
    'git_head',
    'git_branch',
    'note',
  ],
};

/**
 * Maxima alone, so the order of events does not matter; `last_checkpoint` is time and id of the latest, comparable as text.
 * libsql binds every number as REAL, hence the cast. The right-hand sides see the row as it was.
 */
const SUMMARISE = `
  UPDATE sessions SET
    operation_count = max(operation_count, ?2),
    last_auto_at = nullif(max(coalesce(last_auto_at, 0), ?3), 0),
    last_checkpoint = max(coalesce(last_checkpoint, ''), ?4),
    checkpoint_data = json_object(
      'lastAutoCheckpoint', strftime('%Y-%m-%dT%H:%M:%fZ', nullif(max(coalesce(last_auto_at, 0), ?3), 0) / 1000.0, 'unixepoch'),
      'savedBy', CASE WHEN coalesce(last_checkpoint, '') < ?4 THEN ?5 ELSE json_extract(checkpoint_data, '$.savedBy') END,
      'operationCount', CAST(max(operation_count, ?2) AS INTEGER),
      'checkpointType', CASE WHEN coalesce(last_checkpoint, '') < ?4 THEN ?6 ELSE json_extract(checkpoint_data, '$.checkpointType') END)
  WHERE id = ?1`;

interface Checkpoint {
  readonly session: string;
  readonly kind: string;
  readonly at: number;
  readonly savedBy: string;
  readonly count: number;
  /** Time and id, comparable as text. */
  readonly key: string;
  readonly row: readonly SqlValue[];
}

function record(database: Database, events: readonly EventEnvelope[]): void {
  const checkpoints = events.flatMap((event) => checkpointOf(event) ?? []);
  insertMany(
    database,
    CHECKPOINTS,
    checkpoints.map(({ row }) => row),
  );
  for (const [session, own] of groupBy(checkpoints, (checkpoint) => checkpoint.session))
    summarise(database, session, own);
}

function summarise(database: Database, session: string, own: readonly Checkpoint[]): void {
  const latest = own.reduce((best, checkpoint) => (checkpoint.key > best.key ? checkpoint : best));
  const count = Math.max(...own.map((checkpoint) => checkpoint.count));
  const lastAuto = Math.max(0, ...own.filter(({ kind }) => kind === 'auto').map(({ at }) => at));
  database
    .prepare(SUMMARISE)
    .run(session, count, lastAuto, latest.key, latest.savedBy, latest.kind);
}

/** `undefined` for a checkpoint of no session: an event like any other. */
function checkpointOf(event: EventEnvelope): Checkpoint | undefined {
  const { payload } = event;
  const session = stringField(payload, 'session_id');
  if (session === undefined) return undefined;
  const call = objectField(payload, 'call');
  const text = (source: JsonObject, field: string): string | null =>
    stringField(source, field) ?? null;
  const at = Date.parse(event.timestamp);
  const kind = text(payload, 'kind') ?? 'manual';
  const savedBy = text(payload, 'saved_by') ?? event.source;
  const count = numberField(payload, 'operation_count') ?? 0;
  const made = [
    text(call, 'tool'),
    text(call, 'target'),
    text(call, 'outcome'),
    text(call, 'tool_use_id'),
  ];
  const where = [text(payload, 'git_head'), text(payload, 'git_branch'), text(payload, 'note')];
  const row = [
    event.event_id,
    session,
    text(payload, 'agent_id'),
    kind,
    at,
    savedBy,
    count,
    ...made,
    ...where,
  ];
  return {
    session,
    kind,
    at,
    savedBy,
    count,
    key: `${String(at).padStart(15, '0')} ${event.event_id}`,
    row,
  };
}
