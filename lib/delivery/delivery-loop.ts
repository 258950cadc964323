import { setTimeout as sleep } from 'node:timers/promises';
import type { EventEnvelope } from '../events/envelope.ts';
import { reasonOf } from '../core/errors.ts';
import type { Database } from '../store/database.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { inTransaction } from '../store/transaction.ts';
import { runAttempt } from './attempt.ts';
import { type Deliveries, type DeliveryParts, DeliveryStats } from './deliveries.ts';
import { maintainDeliveries } from './maintain-deliveries.ts';
import {
  claimChosen,
  type Claimed,
  EMPTY_PLAN,
  type Plan,
  planDeliveries,
} from './plan-deliveries.ts';
import { type Ended, RunningDeliveries } from './running-deliveries.ts';
import { updateWhenReturned, updateAfterAttempt } from './delivery-update.ts';
import { StoreChanges } from './store-changes.ts';
import type { Subscription } from './subscription.ts';
import { shiftDueTimes, writeUpdate } from './table.ts';

/**
 * When another worker has the store's write lock: how long to wait for it, when to try again, and
 * how often during shutdown.
 */
const LOCK_WAIT_MS = 1;
const LOCKED_AGAIN_MS = 5;
const LAST_TRIES = 100;

/**
 * A worker that is about to stop checks again after this time; the end of a delivery wakes it
 * earlier.
 */
const RETRY_AFTER_MS = 1_000;

const MAX_TIMER_MS = 60_000;

export function openDeliveries(parts: DeliveryParts): Deliveries {
  return new DeliveryLoop(parts);
}

/**
 * Claims what is due, runs it, and writes the result. Wakes by itself: on request, at the end of a
 * delivery, and when the next one is due.
 */
class DeliveryLoop implements Deliveries {
  readonly stats = new DeliveryStats();
  readonly #parts: DeliveryParts;
  /**
   * During a drain, failed deliveries are left to the next worker, however long the drain takes.
   */
  readonly #retriesUntil: number;
  readonly #claimed = new RunningDeliveries();
  readonly #changes = new StoreChanges();
  #idlers: ReadonlyArray<() => void> = [];
  #soon: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLocked = false;
  #isClosing = false;
  /** Whether a delivery waits, now or for its time, and the time of the first. */
  #isWaiting = false;
  #nextDueAt = Number.POSITIVE_INFINITY;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#retriesUntil = parts.once ? parts.clock() : Number.MAX_SAFE_INTEGER;
  }

  step(): Promise<number | undefined> {
    const database = this.#isClosing ? undefined : this.#parts.database();
    if (database !== undefined && this.#isCheckDue(database)) this.#checkDue();
    return Promise.resolve(
      this.#parts.once && (this.#isLocked || !this.#claimed.isEmpty) ? RETRY_AFTER_MS : undefined,
    );
  }

  notifyDue(): void {
    this.#soon ??= setImmediate(() => this.#checkDue());
  }

  idle(): Promise<void> {
    this.notifyDue();
    return new Promise((resolve) => {
      this.#idlers = [...this.#idlers, resolve];
    });
  }

  hasWork(): boolean {
    return !this.#claimed.isEmpty || this.#isWaiting;
  }

  async close(drainMs: number): Promise<void> {
    this.#isClosing = true;
    const ended = Promise.all(this.#claimed.attempts.map(({ ended }) => ended));
    const drain = new AbortController();
    await Promise.race([
      ended,
      sleep(drainMs, undefined, { signal: drain.signal }).catch(() => undefined),
    ]);
    drain.abort();
    for (const attempt of this.#claimed.attempts) attempt.shutDown();
    await ended;
    for (let tries = 0; tries < LAST_TRIES && (tries === 0 || this.#isLocked); tries += 1) {
      if (tries > 0) await sleep(LOCKED_AGAIN_MS);
      this.#checkDue();
    }
    clearTimeout(this.#timer);
  }

  #isCheckDue(database: Database): boolean {
    const now = this.#parts.clock();
    return (
      this.#soon !== undefined ||
      now >= this.#nextDueAt ||
      this.#claimed.ended.length > 0 ||
      this.#changes.isCheckDue(database, now)
    );
  }

  #checkDue(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    try {
      const database = this.#parts.database();
      if (database === undefined) return;
      clearTimeout(this.#timer);
      if (!this.#isClosing) this.#maintain(database);
      this.#work(database);
      this.#isLocked = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const fault = storeFaultOf(error);
    this.#isLocked = fault?.kind === 'BUSY';
    if (this.#isLocked) this.#checkAfter(LOCKED_AGAIN_MS);
    else if (fault !== undefined) this.#parts.onFault(fault);
    else this.#parts.log('error', 'DELIVERY_FAULT', `Cannot deliver events: ${reasonOf(error)}`);
  }

  #maintain(database: Database): void {
    const { clock, source, log } = this.#parts;
    const now = clock();
    const { steppedBackMs, isMaintenanceDue } = this.#changes.noteCheck(database, now);
    if (steppedBackMs > 0) inTransaction(database, () => shiftDueTimes(database, steppedBackMs));
    if (isMaintenanceDue)
      maintainDeliveries({
        database,
        subscriptions: source(),
        isMine: (event, name) => this.#claimed.has(event, name),
        now,
        log,
      });
  }

  /**
   * Writes ended deliveries and claims due ones in one transaction, if there are any; then starts
   * them.
   */
  #work(database: Database): void {
    const { ended } = this.#claimed;
    const now = this.#parts.clock();
    const idle = ended.length === 0 ? this.#plan(database, now) : undefined;
    if (idle?.chosen.length === 0) {
      this.#scheduleNext(idle, now);
      return;
    }
    const worker = this.#parts.me();
    const { plan, claimed } = inTransaction(
      database,
      () => this.#write(database, ended, worker, now),
      LOCK_WAIT_MS,
    );
    this.#claimed.written(ended.length);
    for (const { update } of ended) this.stats.add(update);
    for (const one of claimed) this.#begin(one, worker);
    this.#scheduleNext(plan, now);
  }

  /**
   * Runs in the transaction. Writes ended deliveries first: they free room, and may be due again.
   */
  #write(
    database: Database,
    ended: readonly Ended[],
    me: string,
    now: number,
  ): { readonly plan: Plan; readonly claimed: readonly Claimed[] } {
    for (const { worker, update } of ended) writeUpdate(database, worker, update);
    const plan = this.#plan(database, now);
    return { plan, claimed: claimChosen(database, plan.chosen, me, now) };
  }

  #plan(database: Database, now: number): Plan {
    if (this.#isClosing) return EMPTY_PLAN;
    const { source, most } = this.#parts;
    const room = most() - this.#claimed.foreign();
    return planDeliveries(database, {
      subscriptions: source(),
      running: this.#claimed.counts(),
      room,
      retriesUntil: this.#retriesUntil,
      now,
    });
  }

  #scheduleNext({ isMoreDue, nextDueAt }: Plan, now: number): void {
    this.#nextDueAt = nextDueAt;
    this.#isWaiting = isMoreDue || nextDueAt < Number.POSITIVE_INFINITY;
    if (nextDueAt < Number.POSITIVE_INFINITY) this.#checkAfter(nextDueAt - now);
    if (!isMoreDue && this.#claimed.isEmpty) this.#notifyIdlers();
  }

  #begin({ subscription, event, attempts }: Claimed, worker: string): void {
    const { clock, random, once, wake } = this.#parts;
    const key = { event_id: event.event_id, subscription: subscription.name };
    const startedAt = clock();
    const running = runAttempt(subscription, event, attempts);
    const ended = running.ended.then((result) => {
      const attempt = { key, attempts, startedAt, endedAt: clock() };
      const update =
        result === 'given-back'
          ? updateWhenReturned(attempt)
          : updateAfterAttempt(attempt, result, subscription, random);
      this.#claimed.end({ worker, update });
      this.#logEnd(subscription, event, { worker, update });
      this.notifyDue();
      if (once) wake();
    });
    this.#claimed.begin(key, { subscription, attempt: { ended, shutDown: running.shutDown } });
  }

  #logEnd(subscription: Subscription, event: EventEnvelope, { update }: Ended): void {
    const { state, attempts, error } = update;
    const fields = { subscription: subscription.name, event: event.event_id, attempts };
    if (state === 'dead')
      this.#parts.log(
        'warn',
        'DELIVERY_DEAD',
        `${subscription.name} cannot take ${event.event_type}: ${error ?? ''}`,
        fields,
      );
    else if (error !== undefined)
      this.#parts.log(
        'info',
        'DELIVERY_RETRIED',
        `${subscription.name} failed at ${event.event_type}: ${error}`,
        fields,
      );
  }

  #checkAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosing)
      this.#timer = setTimeout(() => this.#checkDue(), Math.min(MAX_TIMER_MS, ms));
  }

  #notifyIdlers(): void {
    for (const resolve of this.#idlers) resolve();
    this.#idlers = [];
  }
}
