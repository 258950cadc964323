import type { EventEnvelope } from '../events/envelope.ts';
import { isSampleSession } from '../events/sample.ts';
import { groupBy } from '../core/group-by.ts';
import { stringField } from '../core/json.ts';
import type { Database, SqlValue } from './database.ts';
import type { Effect, EffectTable } from './effect.ts';
import { forgottenOf } from './forgotten.ts';
import { insertMany, type InsertShape } from './insert-many.ts';
import { unpack } from './parcel.ts';
import { copiedId, withoutRepeats } from './replay-rule.ts';
import { storeFaultOf } from './store-fault.ts';
import { addTombstones } from './tombstones.ts';
import { inTransaction } from './transaction.ts';

/** What became of one event: its effect is committed now, was committed before, or failed and left no trace. */
export type Applied =
  | { readonly state: 'applied' }
  | { readonly state: 'known' }
  | { readonly state: 'failed'; readonly error: unknown };

/** Applies events to the store; waits for its lock `waitMs` milliseconds, or as long as any statement does. */
export type ApplyEvents = (events: readonly EventEnvelope[], waitMs?: number) => readonly Applied[];

/** Events as they were applied. They do not merge: an id that is known changes nothing, and whether it was is what decides about the effects. */
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
 * Applies a batch in one transaction: each event's id is stored with its effect, so an event that comes again changes nothing.
 * If one fails, the batch is redone under savepoints: the others are committed all the same.
 * @throws {@link StoreFault} when the store cannot serve; nothing is committed then.
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
    const acting = withoutRepeats(database, real, clock());
    if (real.size > 0) for (const effect of effects('**')) effect(database, [...real]);
    if (acting.length > 0) for (const effect of effects('*')) effect(database, acting);
    for (const [type, group] of groupBy(acting, (event) => event.event_type))
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

/** Without events of sessions that were forgotten. Their ids stay, so that the ledger knows what became of them. */
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

/** The events whose ids were new; of those that share an id, the first. */
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
    if (byType.size < 1_000) byType.set(type, found); // types are the users' to invent: bounded
    return found;
  };
}

/**
 * Ids of the events of a session, and of those of no session that mention it.
 * @returns them as they are before {@link removeEventsOf}.
 */
export function eventsOf(database: Database, session: string): readonly string[] {
  return database
    .prepare(
      'SELECT id FROM events WHERE session_id = ?1 OR (session_id IS NULL AND instr(envelope, ?1) > 0)',
    )
    .all(session)
    .map(({ id }) => String(id));
}

/** Deletes events by their ids. @returns how many went. */
export function removeEvents(database: Database, ids: readonly string[]): number {
  const remove = database.prepare(
    'DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))',
  );
  return remove.run(JSON.stringify(ids)).changes;
}
