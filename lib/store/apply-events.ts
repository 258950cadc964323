import type { EventEnvelope } from '../events/envelope.ts';
import { isSampleSession } from '../events/sample.ts';
import { groupBy } from '../core/group-by.ts';
import { stringField } from '../core/json.ts';
import type { Database, SqlValue } from './database.ts';
import type { Effect, EffectTable } from './effect.ts';
import { forgottenOf } from './forgotten.ts';
import { insertMany, type InsertShape } from './insert-many.ts';
import { unpack } from './parcel.ts';
import { copiedId, dropRepeats } from './replay-rule.ts';
import { storeFaultOf } from './store-fault.ts';
import type { TableDefinition } from './table-definition.ts';
import { addTombstones } from './tombstones.ts';
import { inTransaction } from './transaction.ts';

/**
 * The outcome of one event: its effect is committed now, was committed before, or failed and left
 * no trace.
 */
export type Applied =
  | { readonly state: 'applied' }
  | { readonly state: 'known' }
  | { readonly state: 'failed'; readonly error: unknown };

/**
 * Applies events to the store. Waits `waitMs` milliseconds for its lock; default: as long as any
 * statement.
 */
export type ApplyEvents = (events: readonly EventEnvelope[], waitMs?: number) => readonly Applied[];

/**
 * The applied events. They do not merge: a known id changes nothing, and whether the id is new
 * decides about the effects.
 */
const EVENTS: InsertShape = {
  table: 'events',
  columns: [
    'id',
    'type',
    'at',
    'source',
    'session_id',
    'correlation_id',
    'envelope',
    'stored_at',
    'cause',
    'copy_of',
  ],
  unless:
    "EXISTS (SELECT 1 FROM tombstones WHERE id = column1 AND fate IN ('expired', 'replayed'))",
};

/**
 * An event as other machines know it. Its time is part of the key, since rows are kept by month
 * there; an id has one time.
 */
export const SHARED_EVENTS: TableDefinition = {
  table: 'events',
  key: ['id', 'at'],
  once: ['seq', 'type', 'source', 'session_id', 'correlation_id', 'stored_at', 'cause', 'copy_of'],
  replaced: ['envelope'],
};

/**
 * Makes a function that applies a batch in one transaction. Stores each event's id together with
 * its effect, so that a repeated event changes nothing. If one event fails, repeats the batch with
 * savepoints and commits the others.
 * @throws {@link StoreFault} if the store cannot work; nothing is committed then.
 */
export function eventApplier(
  database: Database,
  tables: readonly EffectTable[],
  clock: () => number,
): ApplyEvents {
  const effects = effectLookup(tables);
  const applyAll = (events: readonly EventEnvelope[]): readonly Applied[] => {
    const unpacked = new Map(events.map((event) => [event, unpack(event)]));
    const wanted = withoutForgotten(database, [...unpacked.values()].flat(), clock());
    const fresh = insertNew(database, wanted, clock());
    const real = new Set([...fresh].filter((event) => !isSample(event)));
    const effective = dropRepeats(database, real, clock());
    if (real.size > 0) for (const effect of effects('**')) effect(database, [...real]);
    if (effective.length > 0) for (const effect of effects('*')) effect(database, effective);
    for (const [type, group] of groupBy(effective, (event) => event.event_type))
      for (const effect of effects(type)) effect(database, group);
    return events.map((event) => ({
      state: unpacked.get(event)?.some((one) => fresh.has(one)) === true ? 'applied' : 'known',
    }));
  };
  return (events, waitMs) => {
    try {
      return inTransaction(database, () => applyAll(events), waitMs);
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault !== undefined) throw fault;
      return inTransaction(database, () =>
        events.flatMap((event) => underSavepoint(database, () => applyAll([event]))),
      );
    }
  };
}

function isSample({ payload }: EventEnvelope): boolean {
  return isSampleSession(stringField(payload, 'session_id'));
}

function underSavepoint(database: Database, action: () => readonly Applied[]): readonly Applied[] {
  database.exec('SAVEPOINT one');
  try {
    const result = action();
    database.exec('RELEASE one');
    return result;
  } catch (error) {
    const fault = storeFaultOf(error);
    if (fault !== undefined) throw fault;
    database.exec('ROLLBACK TO one');
    database.exec('RELEASE one');
    return [{ state: 'failed', error }];
  }
}

/** Drops events of forgotten sessions. Keeps their ids, so that the ledger can account for them. */
function withoutForgotten(
  database: Database,
  events: readonly EventEnvelope[],
  now: number,
): readonly EventEnvelope[] {
  const sessions = events.flatMap(({ payload }) => stringField(payload, 'session_id') ?? []);
  const forgotten = forgottenOf(database, new Set(sessions));
  if (forgotten.size === 0) return events;
  const isGone = ({ payload }: EventEnvelope): boolean =>
    forgotten.has(stringField(payload, 'session_id') ?? '');
  const gone = events.filter(isGone).map(({ event_id }) => event_id);
  addTombstones(database, gone, 'discarded', now);
  return events.filter((event) => !isGone(event));
}

/** Inserts events and returns those with a new id; of events with the same id, the first. */
function insertNew(
  database: Database,
  events: readonly EventEnvelope[],
  now: number,
): ReadonlySet<EventEnvelope> {
  const byId = new Map<string, EventEnvelope>();
  for (const event of events) if (!byId.has(event.event_id)) byId.set(event.event_id, event);
  const rows = [...byId.values()].map((event) => rowOf(event, now));
  const inserted = insertMany(database, EVENTS, rows);
  return new Set([...byId].flatMap(([id, event]) => (inserted.has(id) ? [event] : [])));
}

function rowOf(event: EventEnvelope, now: number): readonly SqlValue[] {
  const session = stringField(event.payload, 'session_id') ?? null;
  const { event_id, event_type, timestamp, source, correlation_id, metadata } = event;
  return [
    event_id,
    event_type,
    Date.parse(timestamp),
    source,
    session,
    correlation_id ?? null,
    JSON.stringify(event),
    now,
    metadata?.cause ?? null,
    copiedId(event) ?? null,
  ];
}

function effectLookup(tables: readonly EffectTable[]): (type: string) => readonly Effect[] {
  const byType = new Map<string, readonly Effect[]>();
  return (type) => {
    const known = byType.get(type);
    if (known !== undefined) return known;
    const found = tables.flatMap((table) => table[type] ?? []);
    if (byType.size < 1_000) byType.set(type, found); // Limited, because users can invent types.
    return found;
  };
}

/**
 * Returns the ids of events of these sessions, and of events without a session that mention one.
 * @returns the ids as they are before {@link removeEventsOf}.
 */
export function eventsOf(
  database: Database,
  sessions: readonly string[],
  isMention: (text: string) => boolean,
): readonly string[] {
  const own = database.prepare('SELECT id FROM events WHERE session_id = ?');
  const others = database.prepare('SELECT id, envelope FROM events WHERE session_id IS NULL').all();
  return [
    ...sessions.flatMap((session) => own.all(session)),
    ...others.filter(({ envelope }) => isMention(String(envelope))),
  ].map(({ id }) => String(id));
}

/**
 * Deletes events by id.
 * @returns how many were deleted.
 */
export function removeEvents(database: Database, ids: readonly string[]): number {
  const remove = database.prepare(
    'DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))',
  );
  return remove.run(JSON.stringify(ids)).changes;
}
