import type { EventEnvelope } from '../events/envelope.ts';
import type { Database } from './database.ts';
import { requestRefresh } from './refreshes.ts';
import { applyWrites, type Change } from './sink.ts';

/**
 * What events do to the store, inside the transaction that records their ids. Gets a batch of new
 * events of its type, so that it can write them together. The result must not depend on the order
 * of events, nor on how they are batched: the greater time wins, sets grow, rows have keys.
 */
export type Effect = (database: Database, events: readonly EventEnvelope[]) => void;

/**
 * Effects by event type. `*` matches every type and runs first. Several features may handle one
 * type. `**` gets every event that is new to the store, as stored, including replays, for which the
 * others do nothing.
 */
export type EffectTable = Readonly<Record<string, Effect>>;

/** Requests that something is made again; see `requestRefresh`. */
export interface RefreshRequest {
  readonly refresh: string;
  readonly key: string;
}

/**
 * Maps an event to changes and refresh requests, without reading the store. The position in the
 * list is part of the write's id.
 */
export type EventChanges = (event: EventEnvelope) => ReadonlyArray<Change | RefreshRequest>;

/** Makes an effect that handles events one by one. */
export function perEvent(effect: (database: Database, event: EventEnvelope) => void): Effect {
  return (database, events) => {
    for (const event of events) effect(database, event);
  };
}

/**
 * Makes an effect that stores the changes of events by the rules of their tables, and each refresh
 * request once.
 */
export function storeChanges(changesOf: EventChanges): Effect {
  return (database, events) => {
    const changes: Change[] = [];
    const requests = new Map<string, Set<string>>();
    for (const event of events) {
      for (const change of changesOf(event)) {
        if (!('refresh' in change)) changes.push(change);
        else
          requests.set(change.refresh, (requests.get(change.refresh) ?? new Set()).add(change.key));
      }
    }
    applyWrites(database, changes);
    for (const [kind, keys] of requests) requestRefresh(database, kind, keys);
  };
}
