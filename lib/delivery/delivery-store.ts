import { parseEnvelope } from '../events/envelope-schema.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import type { Database, Row } from '../store/database.ts';
import type { DeliveryKey } from './decisions.ts';
import type { DeliveryUpdate } from './delivery-update.ts';

/** A delivery that waits. */
export interface WaitingDelivery extends DeliveryKey {
  /** Before the next one. */
  readonly attempts: number;
  readonly dueAt: number;
}

const WAITING = `SELECT event_id, subscription, attempts, due_at FROM deliveries
  WHERE subscription = ? AND state = 'due' AND (attempts = 0 OR due_at <= ?) ORDER BY due_at LIMIT ?`;
const CLAIM = `UPDATE deliveries SET state = 'running', attempts = attempts + 1, claimed_by = ?3, claimed_at = ?4
  WHERE event_id = ?1 AND subscription = ?2 AND state = 'due'`;
const UPDATE = `UPDATE deliveries SET state = ?3, attempts = ?4, due_at = ?5, started_at = ?6, ended_at = ?7,
  last_error = coalesce(?8, last_error), output = coalesce(?9, output), waits = waits + ?11, claimed_by = NULL
  WHERE event_id = ?1 AND subscription = ?2 AND state = 'running' AND claimed_by = ?10`;

/**
 * Deliveries of one subscription that wait, the one that is due first at the head; also those whose
 * time lies ahead.
 * @param retriesUntil Left out are those that failed before and are due later than this.
 */
export function waitingFor(
  database: Database,
  subscription: string,
  retriesUntil: number,
  limit: number,
): readonly WaitingDelivery[] {
  return database.prepare(WAITING).all(subscription, retriesUntil, limit).map(waitingOf);
}

/**
 * Takes a delivery and counts the attempt, so that one which kills its worker is counted.
 * @returns whether it still waited.
 */
export function claim(database: Database, key: DeliveryKey, worker: string, now: number): boolean {
  return database.prepare(CLAIM).run(key.event_id, key.subscription, worker, now).changes > 0;
}

/**
 * Writes how an attempt of `worker` ended. Leaves a delivery alone that another worker has claimed
 * meanwhile.
 */
export function writeUpdate(
  database: Database,
  worker: string,
  { key, state, attempts, dueAt, startedAt, endedAt, error, output, isWait }: DeliveryUpdate,
): void {
  database
    .prepare(UPDATE)
    .run(
      key.event_id,
      key.subscription,
      state,
      attempts,
      dueAt,
      startedAt,
      endedAt ?? null,
      error ?? null,
      output ?? null,
      worker,
      isWait === true ? 1 : 0,
    );
}

/**
 * The event as it was stored; `undefined` when the store has forgotten it, or cannot be understood.
 */
export function storedEvent(database: Database, id: string): EventEnvelope | undefined {
  const envelope = database.prepare('SELECT envelope FROM events WHERE id = ?').get(id)?.[
    'envelope'
  ];
  const parsed =
    typeof envelope === 'string' ? parseEnvelope(parseJsonObject(envelope)) : undefined;
  return parsed?.ok === true ? parsed.event : undefined;
}

/**
 * Every subscription that has deliveries in one of these states. One seek each: the outbox may be
 * long.
 */
export function subscriptionsWith(
  database: Database,
  states: readonly string[],
): readonly string[] {
  const next = database.prepare(
    'SELECT min(subscription) AS name FROM deliveries WHERE subscription > ?',
  );
  const has = database.prepare(
    'SELECT 1 FROM deliveries WHERE subscription = ? AND state = ? LIMIT 1',
  );
  const found: string[] = [];
  for (let name = nameIn(next.get('')); name !== undefined; name = nameIn(next.get(name))) {
    if (states.some((state) => has.get(String(name), state) !== undefined)) found.push(name);
  }
  return found;
}

function nameIn(row: Row | undefined): string | undefined {
  return row === undefined ? undefined : stringField(row, 'name');
}

function waitingOf(row: Row): WaitingDelivery {
  return {
    event_id: stringField(row, 'event_id') ?? '',
    subscription: stringField(row, 'subscription') ?? '',
    attempts: numberField(row, 'attempts') ?? 0,
    dueAt: numberField(row, 'due_at') ?? 0,
  };
}
