import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';

/** An event with what joins it to others. */
export interface TraceEvent {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly correlation: string | undefined;
  /** Id of the event whose handler made it. */
  readonly cause: string | undefined;
  readonly session: string | undefined;
  readonly payload: JsonObject;
}

const FIELDS = 'id, type, at, correlation_id, session_id, envelope';

/** More than a chain of handlers can be long: a cycle in what somebody wrote by hand must end. */
const DEEPEST = 64;

/** The events of a session, and those that their handlers made, in the order of time. */
export function sessionEvents(database: Database, session: string): readonly TraceEvent[] {
  return withCaused(
    database,
    read(database, `SELECT ${FIELDS} FROM events WHERE session_id = ? ORDER BY at, seq`, session),
  );
}

/** The events of one correlation id, and those that their handlers made. */
export function correlatedEvents(database: Database, correlation: string): readonly TraceEvent[] {
  return withCaused(
    database,
    read(
      database,
      `SELECT ${FIELDS} FROM events WHERE correlation_id = ? ORDER BY at, seq`,
      correlation,
    ),
  );
}

/** An event with those that led to it, and those that followed from them. */
export function chainOf(database: Database, id: string): readonly TraceEvent[] {
  let top = eventOf(database, id);
  for (let depth = 0; depth < DEEPEST && top?.cause !== undefined; depth += 1) {
    const cause = eventOf(database, top.cause);
    if (cause === undefined) break;
    top = cause;
  }
  return top === undefined ? [] : withCaused(database, [top]);
}

export function eventOf(database: Database, id: string): TraceEvent | undefined {
  return read(database, `SELECT ${FIELDS} FROM events WHERE id = ?`, id)[0];
}

function withCaused(database: Database, first: readonly TraceEvent[]): readonly TraceEvent[] {
  if (!knowsCauses(database)) return first;
  const all = new Map(first.map((event) => [event.id, event]));
  let latest = first;
  for (let depth = 0; depth < DEEPEST && latest.length > 0; depth += 1) {
    latest = latest
      .flatMap(({ id }) =>
        read(database, `SELECT ${FIELDS} FROM events WHERE cause = ? ORDER BY at, seq`, id),
      )
      .filter(({ id }) => !all.has(id));
    for (const event of latest) all.set(event.id, event);
  }
  return [...all.values()];
}

/** A store that no worker of this version has opened yet has no such column. */
function knowsCauses(database: Database): boolean {
  return (
    database.prepare("SELECT 1 FROM pragma_table_info('events') WHERE name = 'cause'").get() !==
    undefined
  );
}

function read(database: Database, sql: string, value: string): readonly TraceEvent[] {
  return database.prepare(sql).all(value).map(eventIn);
}

function eventIn(row: Row): TraceEvent {
  const envelope = parseJsonObject(String(row['envelope'])) ?? {};
  const payload = envelope['payload'];
  return {
    id: String(row['id']),
    type: String(row['type']),
    at: Number(row['at']),
    correlation: stringField(row, 'correlation_id'),
    cause: stringField(objectField(envelope, 'metadata'), 'cause'),
    session: stringField(row, 'session_id'),
    payload: isJsonObject(payload) ? payload : {},
  };
}
