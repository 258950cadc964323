import type { EventEnvelope } from '../events/envelope.ts';
import type { Database } from './database.ts';
import { requestRefresh } from './refreshes.ts';
import { applyWrites, type Change } from './sink.ts';

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

/** Asks to have something made again; see `requestRefresh`. */
export interface RefreshRequest {
  readonly refresh: string;
  readonly key: string;
}

/** What one event tells, found without asking the store. Its place in the list is its number among what the event tells. */
export type Telling = (event: EventEnvelope) => ReadonlyArray<Change | RefreshRequest>;

/** An effect that takes its events one by one. */
export function each(effect: (database: Database, event: EventEnvelope) => void): Effect {
  return (database, events) => {
    for (const event of events) effect(database, event);
  };
}

/** The effect that stores what events tell: rows by the rules of their tables, and each request once. */
export function storing(tell: Telling): Effect {
  return (database, events) => {
    const changes: Change[] = [];
    const requests = new Map<string, Set<string>>();
    for (const event of events) {
      for (const told of tell(event)) {
        if (!('refresh' in told)) changes.push(told);
        else requests.set(told.refresh, (requests.get(told.refresh) ?? new Set()).add(told.key));
      }
    }
    applyWrites(database, changes);
    for (const [kind, keys] of requests) requestRefresh(database, kind, keys);
  };
}
