import type { EventEnvelope } from '../core/envelope.ts';
import { stringField } from '../core/json.ts';
import type { Database } from './database.ts';
import type { Effect, EffectTable } from './effect.ts';
import { storeFaultOf } from './store-fault.ts';
import { inTransaction } from './transaction.ts';

/** What became of one event: its effect is committed now, was committed before, or failed and left no trace. */
export type Applied = { readonly state: 'applied' } | { readonly state: 'known' } | { readonly state: 'failed'; readonly error: unknown };

/** Applies events to the store. */
export type ApplyEvents = (events: readonly EventEnvelope[]) => readonly Applied[];

const INSERT = `
  INSERT INTO events (id, type, at, source, session_id, correlation_id, envelope, stored_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
  WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE id = ?1 AND fate = 'expired')
  ON CONFLICT (id) DO NOTHING`;

/**
 * Applies a batch in one transaction: each event's id is stored with its effect, so an event that comes again changes nothing.
 * If one fails, the batch is redone under savepoints: the others are committed all the same.
 * @throws {@link StoreFault} when the store cannot serve; nothing is committed then.
 */
export function eventApplier(database: Database, tables: readonly EffectTable[], clock: () => number): ApplyEvents {
  const effects = effectLookup(tables);
  const applyOne = (event: EventEnvelope): Applied => {
    if (!insertEvent(database, event, clock())) return { state: 'known' };
    for (const effect of effects(event.event_type)) effect(database, event);
    return { state: 'applied' };
  };
  return (events) => {
    try {
      return inTransaction(database, () => events.map(applyOne));
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault !== undefined) throw fault;
      return inTransaction(database, () => events.map((event) => underSavepoint(database, () => applyOne(event))));
    }
  };
}

function underSavepoint(database: Database, action: () => Applied): Applied {
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
    return { state: 'failed', error };
  }
}

function insertEvent(database: Database, event: EventEnvelope, now: number): boolean {
  const values = [event.event_id, event.event_type, Date.parse(event.timestamp), event.source] as const;
  const session = stringField(event.payload, 'session_id') ?? null;
  return database.prepare(INSERT).run(...values, session, event.correlation_id ?? null, JSON.stringify(event), now).changes === 1;
}

function effectLookup(tables: readonly EffectTable[]): (type: string) => readonly Effect[] {
  const byType = new Map<string, readonly Effect[]>();
  return (type) => {
    const known = byType.get(type);
    if (known !== undefined) return known;
    const found = [...tables.flatMap((table) => table['*'] ?? []), ...tables.flatMap((table) => table[type] ?? [])];
    if (byType.size < 1_000) byType.set(type, found); // types are the users' to invent: bounded
    return found;
  };
}
