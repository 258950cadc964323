import type { EventEnvelope } from '../events/envelope.ts';
import type { Database } from './database.ts';

/**
 * What events do to the store, inside the transaction that also records their ids. Gets the new events of its type in a batch,
 * so that it may write them together. Effects must not depend on the order of events, nor on how they are cut into batches:
 * greater time wins, sets grow, rows are keyed.
 */
export type Effect = (database: Database, events: readonly EventEnvelope[]) => void;

/**
 * Effects by event type, `*` for every type (those run first). Several features may act on one type. `**` gets every event that is new to the
 * store, as it was stored: also a replay, for which the others do nothing.
 */
export type EffectTable = Readonly<Record<string, Effect>>;

/** An effect that takes its events one by one. */
export function each(effect: (database: Database, event: EventEnvelope) => void): Effect {
  return (database, events) => {
    for (const event of events) effect(database, event);
  };
}
