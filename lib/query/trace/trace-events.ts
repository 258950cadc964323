import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { bindList, queryBuilder, runQuery } from '../builder.ts';

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
  /** What followed the message to Claude; `undefined` for any other event. */
  readonly followed: string | undefined;
}

/** Longer than any chain of handlers, so that a cycle in hand-written events ends. */
const DEEPEST = 64;

/** The events of a session, and those that their handlers made, in the order of time. */
export async function readSessionEvents(
  database: Database,
  session: string,
): Promise<readonly TraceEvent[]> {
  const query = inOrder().where('e.session_id', '=', session);
  return withCaused(database, await readEvents(database, query));
}

/** The events of one correlation id, and those that their handlers made. */
export async function readCorrelatedEvents(
  database: Database,
  correlation: string,
): Promise<readonly TraceEvent[]> {
  const query = inOrder().where('e.correlation_id', '=', correlation);
  return withCaused(database, await readEvents(database, query));
}

/** An event with those that led to it, and those that followed from them. */
export async function readEventChain(
  database: Database,
  id: string,
): Promise<readonly TraceEvent[]> {
  let top = await readTraceEvent(database, id);
  for (let depth = 0; depth < DEEPEST && top?.cause !== undefined; depth += 1) {
    const cause = await readTraceEvent(database, top.cause);
    if (cause === undefined) break;
    top = cause;
  }
  return top === undefined ? [] : withCaused(database, [top]);
}

export async function readTraceEvent(
  database: Database,
  id: string,
): Promise<TraceEvent | undefined> {
  return (await readEvents(database, eventRows().where('e.id', '=', id)))[0];
}

/** Reads what followed generation by generation, one query each. */
async function withCaused(
  database: Database,
  first: readonly TraceEvent[],
): Promise<readonly TraceEvent[]> {
  const all = new Map(first.map((event) => [event.id, event]));
  let latest = first;
  for (let depth = 0; depth < DEEPEST && latest.length > 0; depth += 1) {
    const query = inOrder()
      .innerJoin(bindList(latest.map(({ id }) => id)).as('causes'), 'causes.value', 'e.cause')
      .where('e.cause', 'is not', null); // names the partial index
    latest = (await readEvents(database, query)).filter(({ id }) => !all.has(id));
    for (const event of latest) all.set(event.id, event);
  }
  return [...all.values()];
}

function inOrder() {
  return eventRows().orderBy('e.at').orderBy('e.seq');
}

function eventRows() {
  return queryBuilder()
    .selectFrom('events as e')
    .leftJoin('told as t', 't.id', 'e.id')
    .select(['t.id as told_id', 't.outcome as told_outcome'])
    .select(['e.id', 'e.type', 'e.at', 'e.correlation_id', 'e.session_id', 'e.envelope']);
}

async function readEvents(
  database: Database,
  query: Parameters<typeof runQuery>[1],
): Promise<readonly TraceEvent[]> {
  return (await runQuery(database, query)).map(eventIn);
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
    followed: row['told_id'] === null ? undefined : (stringField(row, 'told_outcome') ?? 'unknown'),
  };
}
