import type { EventEnvelope } from '../events/envelope.ts';
import { parseEnvelope } from '../events/envelope-schema.ts';
import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import { envelopeOf } from '../journal/table.ts';
import type { Database, Row } from '../store/database.ts';
import { applyWrites, type TableDefinition } from '../store/sink.ts';
import { eventKeptSql } from '../store/retention.ts';

/** One row of the outbox. */
export interface DeliveryKey {
  readonly event_id: string;
  readonly subscription: string;
}

/**
 * The outbox. The sink inserts a row once; after that, the statements in this file move it through
 * its states: docs/states.md.
 */
const DELIVERIES: TableDefinition = {
  table: 'deliveries',
  key: ['event_id', 'subscription'],
  once: ['session_id', 'due_at', 'created_at'],
};

/** A delivery that is written together with its event. */
export interface NewDelivery extends DeliveryKey {
  readonly session: string | undefined;
}

/** Inserts deliveries that are due now. Skips existing ones. */
export function insertDeliveries(
  database: Database,
  deliveries: readonly NewDelivery[],
  now: number,
): void {
  const writes = deliveries.map(({ event_id, subscription, session = null }) => ({
    into: DELIVERIES,
    row: { event_id, subscription, session_id: session, due_at: now, created_at: now },
  }));
  applyWrites(database, writes);
}

/** A waiting delivery. */
export interface WaitingDelivery extends DeliveryKey {
  /** Number of attempts before the next one. */
  readonly attempts: number;
  readonly dueAt: number;
}

const WAITING = `SELECT event_id, subscription, attempts, due_at FROM deliveries
  WHERE subscription = ? AND state = 'due' AND (attempts = 0 OR due_at <= ?) ORDER BY due_at LIMIT ?`;

/**
 * Returns waiting deliveries of one subscription, ordered by due time. Includes those that are not
 * due yet.
 * @param retriesUntil Leaves out retries that are due later.
 */
export function waitingFor(
  database: Database,
  subscription: string,
  retriesUntil: number,
  limit: number,
): readonly WaitingDelivery[] {
  const rows = database.prepare(WAITING).all(subscription, retriesUntil, limit);
  return rows.map((row) => ({
    event_id: stringField(row, 'event_id') ?? '',
    subscription: stringField(row, 'subscription') ?? '',
    attempts: numberField(row, 'attempts') ?? 0,
    dueAt: numberField(row, 'due_at') ?? 0,
  }));
}

const CLAIM = `UPDATE deliveries SET state = 'running', attempts = attempts + 1, claimed_by = ?3, claimed_at = ?4
  WHERE event_id = ?1 AND subscription = ?2 AND state = 'due'`;

/**
 * Claims a delivery and counts the attempt, so that a delivery that crashes its worker is counted.
 * @returns whether it was still waiting.
 */
export function claim(database: Database, key: DeliveryKey, worker: string, now: number): boolean {
  return database.prepare(CLAIM).run(key.event_id, key.subscription, worker, now).changes > 0;
}

/** The update after an attempt. Times are milliseconds since the epoch. */
export interface DeliveryUpdate {
  readonly key: DeliveryKey;
  readonly state: 'due' | 'done' | 'dead' | 'discarded';
  readonly attempts: number;
  /** When the next attempt may start; if there is none, when it ended. */
  readonly dueAt: number;
  readonly startedAt: number;
  /** Missing if the attempt was given back. */
  readonly endedAt?: number;
  readonly error?: string;
  readonly output?: string;
  /** The handler waits for a fact: the attempt neither succeeded nor failed. */
  readonly isWait?: true;
}

const UPDATE = `UPDATE deliveries SET state = ?3, attempts = ?4, due_at = ?5, started_at = ?6, ended_at = ?7,
  last_error = coalesce(?8, last_error), output = coalesce(?9, output), waits = waits + ?11, claimed_by = NULL
  WHERE event_id = ?1 AND subscription = ?2 AND state = 'running' AND claimed_by = ?10`;

/**
 * Writes how an attempt of `worker` ended. Does nothing if another worker has claimed the delivery
 * in the meantime.
 */
export function writeUpdate(database: Database, worker: string, update: DeliveryUpdate): void {
  const { key, state, attempts, dueAt, startedAt, endedAt, error, output, isWait } = update;
  database
    .prepare(UPDATE)
    .run(
      ...[key.event_id, key.subscription, state, attempts, dueAt, startedAt, endedAt ?? null],
      ...[error ?? null, output ?? null, worker, isWait === true ? 1 : 0],
    );
}

/** Returns the stored event; `undefined` if it was deleted or cannot be parsed. */
export function eventOf(database: Database, { event_id }: DeliveryKey): EventEnvelope | undefined {
  const envelope = envelopeOf(database, event_id);
  const parsed = envelope === undefined ? undefined : parseEnvelope(parseJsonObject(envelope));
  return parsed?.ok === true ? parsed.event : undefined;
}

const NEXT_NAME = 'SELECT min(subscription) AS name FROM deliveries WHERE subscription > ?';
const HAS_STATE = 'SELECT 1 FROM deliveries WHERE subscription = ? AND state = ? LIMIT 1';

/**
 * Returns all subscriptions with deliveries in one of these states. One index lookup per
 * subscription, because the outbox may be long.
 */
export function subscriptionsWith(
  database: Database,
  states: readonly string[],
): readonly string[] {
  const next = database.prepare(NEXT_NAME);
  const has = database.prepare(HAS_STATE);
  const found: string[] = [];
  for (let name = nameIn(next.get('')); name !== undefined; name = nameIn(next.get(name))) {
    if (states.some((state) => has.get(String(name), state) !== undefined)) found.push(name);
  }
  return found;
}

function nameIn(row: Row | undefined): string | undefined {
  return row === undefined ? undefined : stringField(row, 'name');
}

const RUNNING = "SELECT event_id FROM deliveries WHERE subscription = ? AND state = 'running'";

/**
 * Returns the deliveries of a subscription in the state `running`: their worker runs them, or died
 * while it did.
 */
export function runningOf(database: Database, subscription: string): readonly DeliveryKey[] {
  const rows = database.prepare(RUNNING).all(subscription);
  return rows.map((row) => ({ event_id: stringField(row, 'event_id') ?? '', subscription }));
}

const GIVE_BACK = `UPDATE deliveries SET claimed_by = NULL, due_at = ?3, last_error = ?4, state = CASE WHEN attempts >= ?5 THEN 'dead' ELSE 'due' END,
  ended_at = CASE WHEN attempts >= ?5 THEN ?3 END WHERE event_id = ?1 AND subscription = ?2 AND state = 'running'`;

/** Requeues a delivery whose worker died. After its last attempt, it is dead. */
export function requeueDelivery(
  database: Database,
  { event_id, subscription }: DeliveryKey,
  maxAttempts: number,
  now: number,
): void {
  const error = 'its worker died while it ran';
  database.prepare(GIVE_BACK).run(event_id, subscription, now, error, maxAttempts);
}

const BRING_FORWARD =
  "UPDATE deliveries SET due_at = ?1 WHERE subscription = ?2 AND state = 'due' AND due_at > ?3";

/** Makes deliveries of a subscription due now that are due later than `latest`. */
export function bringForward(
  database: Database,
  subscription: string,
  { latest, now }: { readonly latest: number; readonly now: number },
): void {
  database.prepare(BRING_FORWARD).run(now, subscription, latest);
}

const DISCARD_GONE = `UPDATE deliveries SET state = 'discarded', ended_at = ?2, due_at = ?2, last_error = 'its subscription is gone'
  WHERE subscription = ?1 AND state = 'due' AND due_at < ?3`;

/**
 * Discards deliveries of a missing subscription that were due before `before`.
 * @returns how many.
 */
export function discardDueBefore(
  database: Database,
  subscription: string,
  { before, now }: { readonly before: number; readonly now: number },
): number {
  return database.prepare(DISCARD_GONE).run(subscription, now, before).changes;
}

/** Moves the due time of everything that waits forward by `ms`. */
export function shiftDueTimes(database: Database, ms: number): void {
  database.prepare("UPDATE deliveries SET due_at = due_at - ? WHERE state = 'due'").run(ms);
}

/** Counts of deliveries that are not done. Field names are a contract. */
export interface OutboxCounts {
  /** Wait for their time. New ones are due at once. */
  readonly due: number;
  readonly running: number;
  /** Were given up and wait for a decision. */
  readonly dead: number;
}

export const EMPTY_OUTBOX: OutboxCounts = { due: 0, running: 0, dead: 0 };

const COUNTS =
  "SELECT state, count(*) AS n FROM deliveries WHERE state IN ('due', 'running', 'dead') GROUP BY state";

/** Counts over all handlers and webhooks. Status shows the counts, the worker samples them. */
export function countOutbox(database: Database): OutboxCounts {
  const rows = database.prepare(COUNTS).all();
  const counts = rows.map((row) => [stringField(row, 'state') ?? '', numberField(row, 'n') ?? 0]);
  return { ...EMPTY_OUTBOX, ...Object.fromEntries(counts) };
}

const DEAD = "SELECT count(*) AS n FROM deliveries WHERE state = 'dead'";

/** Counts dead deliveries. */
export function countDead(database: Database): number {
  return numberField(database.prepare(DEAD).get() ?? {}, 'n') ?? 0;
}

/**
 * Condition: only deliveries that are dead, or were decided about and not attempted since, accept a
 * decision.
 */
const OPEN_TO_DECISIONS =
  "(state = 'dead' OR (decided_at IS NOT NULL AND attempts = 0 AND state IN ('due', 'discarded')))";

const DECIDE = {
  retry: `UPDATE deliveries SET state = 'due', attempts = 0, waits = 0, due_at = ?4, ended_at = NULL, decided_at = ?3
  WHERE event_id = ?1 AND subscription = ?2 AND ${OPEN_TO_DECISIONS} AND coalesce(decided_at, ?3 - 1) < ?3`,
  // Wins over a retry decided at the same time.
  discard: `UPDATE deliveries SET state = 'discarded', attempts = 0, waits = 0, due_at = ?4, ended_at = ?4, decided_at = ?3
  WHERE event_id = ?1 AND subscription = ?2 AND ${OPEN_TO_DECISIONS} AND coalesce(decided_at, ?3) <= ?3`,
} as const;

/**
 * Applies a decision that was made at `at`. The later decision wins, so the order does not matter.
 */
export function applyDecision(
  database: Database,
  decision: keyof typeof DECIDE,
  { event_id, subscription }: DeliveryKey,
  { at, now }: { readonly at: number; readonly now: number },
): void {
  database.prepare(DECIDE[decision]).run(event_id, subscription, at, now);
}

/** Selects the latest delivery beyond the limit, among those whose event is kept. */
const LATEST_BEYOND = `SELECT due_at AS last FROM deliveries WHERE ${eventKeptSql('deliveries.event_id')}
  AND subscription = ?3 AND state = ?4 ORDER BY due_at DESC LIMIT 1 OFFSET ?5`;

/**
 * Returns, for each subscription and state with more than `keep` deliveries, the time of the latest
 * one beyond the limit. Counts only deliveries whose event is kept.
 */
export function latestBeyond(
  database: Database,
  states: readonly string[],
  keep: number,
  { before, written }: { readonly before: number; readonly written: number },
): ReadonlyArray<readonly [subscription: string, state: string, dueAt: number]> {
  const latest = database.prepare(LATEST_BEYOND);
  return states.flatMap((state) =>
    subscriptionsWith(database, [state]).flatMap((name) => {
      const { last } = latest.get(before, written, name, state, keep) ?? {};
      return typeof last === 'number' ? [[name, state, last] as const] : [];
    }),
  );
}
