import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { queueDepth } from '../queue/depth.ts';
import { nextDue } from '../queue/pending-scan.ts';
import type { ApplyEvents } from '../store/apply-events.ts';
import { StoreFault, storeFaultOf } from '../store/store-fault.ts';
import { gatherer } from './gather.ts';
import type { LeaderLock } from '../store/leader-lock.ts';
import { Presence } from './presence.ts';
import { BatchSize, processBatch } from './process-batch.ts';
import { FULL_TURN_MS, sleepStill } from './sleep-still.ts';
import { quietMs, readTimeoutMs, restMs, type SleepReasons, sleepMs } from './sleep-time.ts';
import type { PeriodicTask } from './schedule.ts';
import { Tally } from './tally.ts';
import { isStored } from './table.ts';
import { openWaiter } from './waiter.ts';
import type { WorkerOptions } from './worker-options.ts';

/** How long a worker that is asked to stop waits for what runs beside the loop. */
const DRAIN_TIME_MS = 2_000;

/** The last part of that time, reserved for shutdown after the current batch. */
const LEAVING_MS = 800;

/** From here on the disk is slower than the store: the next batch waits for it. */
const MOST_UNACKED = 4_096;

/** How often a foreign file is looked at whose writer may not be done. */
const SETTLE_LOOK_MS = 500;

/** Where something is missing, the whole state folder may be about to go: it is left to go in peace for this long. */
const REMOVAL_TIME_MS = 250;

/** How often a worker that does not lead tries to. */
const LEAD_TRY_MS = 1_000;

/** The loop: claim, apply, acknowledge; when nothing is left, look after the house and sleep on the pipe. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #waiter = openWaiter();
  readonly #presence: Presence;
  readonly #tally: Tally;
  readonly #gather: ReturnType<typeof gatherer>;
  readonly #batchSize: BatchSize;
  #lead: LeaderLock | undefined;
  #stopBy: number | undefined;
  #lastBeat = 0;
  #lastLeadTry = 0;
  #lastWork: number;
  #quietTurns = 0;
  /** Until when the latest heartbeat is the latest that can be expected. */
  #freshUntil = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#lead = options.lead;
    this.#tally = new Tally(options.clock());
    this.#lastWork = options.clock();
    const onRing = (): void => {
      this.#tally.rings += 1;
      this.#waiter.ring();
    };
    this.#batchSize = new BatchSize(() => options.config.values.batchSize);
    this.#presence = new Presence({
      ...options,
      batchSize: () => this.#batchSize.now,
      waiter: this.#waiter,
      onRing,
      onQuit: () => this.stop('asked over its pipe'),
    });
    this.#gather = gatherer({
      clock: options.clock,
      waiter: this.#waiter,
      presence: this.#presence,
    });
  }

  get id(): string {
    return this.#presence.id;
  }

  get tally(): Tally {
    return this.#tally;
  }

  get isLeader(): boolean {
    return this.#lead !== undefined;
  }

  get isStopping(): boolean {
    return this.#stopBy !== undefined;
  }

  /** Ends a sleep, or keeps the next one from starting. */
  wake(): void {
    this.#waiter.ring();
  }

  /** Stops when the waiting entries are done, within two seconds. A second call stops after the current batch. */
  stop(reason: string): void {
    const now = this.#options.clock();
    this.#stopBy = this.#stopBy === undefined ? now + DRAIN_TIME_MS : now;
    this.#options.log('info', 'WORKER_STOPPING', `Stopping: ${reason}`);
    this.#waiter.hurry();
  }

  /** Runs until stopped, until the state folder is deleted, or with `once` until the queue is empty. Leaves nothing behind. */
  async run(): Promise<void> {
    try {
      this.#presence.begin();
      this.#beat();
      await this.#loop();
    } finally {
      await this.#leave();
    }
  }

  /** Whatever fails on the way, pipe and lead go: an open pipe would keep the process, and hooks would ring it. */
  async #leave(): Promise<void> {
    try {
      await this.#options.deliveries?.close(
        Math.max(0, (this.#stopBy ?? 0) - this.#options.clock()),
      );
      await this.#options.acks.settled();
    } finally {
      this.#presence.end();
      this.#lead?.release();
      this.#lead = undefined;
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#tally.iteration += 1;
      const isDamaged = this.#presence.checkDamage();
      if (isDamaged) await sleep(REMOVAL_TIME_MS);
      if (!this.#options.home.isThere()) return this.#leaveHome();
      this.#options.config.refresh();
      if (isDamaged && this.#presence.restore()) this.#beat();
      // entries go before what is due by the clock, but what dead workers held is older than all of them
      const isBegin = this.#tally.iteration === 1 || this.#options.once;
      if (isBegin) await this.#runTasks();
      this.#waiter.drain();
      const entries = this.#claim();
      if (entries.length > 0) {
        await this.#work(entries);
        if (this.#isPastDrain()) return;
        await this.#runTasks();
        if (this.#stopBy === undefined && !this.#options.once) await this.#gather(entries);
        continue;
      }
      if (!isBegin && (await this.#runTasks()).some(({ requeues }) => requeues === true)) continue;
      if (this.#stopBy !== undefined) return;
      const wanted = await this.#readOn();
      if (wanted === 0) {
        await turn(); // rings, signals and the watcher
        continue;
      }
      if (this.#isDrained(wanted)) return;
      if (!(await this.#sleep(wanted))) return;
    }
  }

  #claim(): readonly ClaimedEntry[] {
    return this.#options.applier() === undefined ? [] : this.#presence.claim();
  }

  async #work(entries: readonly ClaimedEntry[]): Promise<void> {
    const { queue, config, clock, random, log, keeper, redact, acks, onCommitted } = this.#options;
    const apply: ApplyEvents = (events, waitMs) => {
      const applyNow = this.#options.applier();
      if (applyNow === undefined)
        throw keeper.fault ?? new StoreFault('CANTOPEN', 'the store went away');
      return applyNow(events, waitMs);
    };
    const acknowledge = (done: readonly ClaimedEntry[]): void => acks.add(done);
    const isKnown = (id: string): boolean => {
      const database = keeper.get();
      return database !== undefined && isStored(database, id);
    };
    const parts = {
      queue,
      config: () => config.values,
      clock,
      random,
      log,
      apply,
      redact,
      isKnown,
      acknowledge,
    };
    const begunAt = performance.now();
    try {
      const result = await processBatch(entries, {
        ...parts,
        ...(onCommitted === undefined ? {} : { onCommitted }),
      });
      keeper.succeeded();
      this.#batchSize.note(entries.length, performance.now() - begunAt);
      this.#tally.addBatch(result, clock());
      this.#lastWork = clock();
      this.#quietTurns = 0;
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault === undefined) throw error;
      this.#presence.forget();
      keeper.report(fault);
    }
    if (this.#untilBeat() <= 0) this.#beat();
    // an entry with earlier attempts is finished before the next is claimed: else each crash of a poison entry would cost the other an attempt, too
    const isRetry = entries.some(({ name }) => name.attempts > 1);
    if (isRetry || acks.size > MOST_UNACKED) await acks.settled();
    await turn(); // rings, signals and the watcher
  }

  /** @returns whether to go on. */
  async #sleep(wanted: number | undefined): Promise<boolean> {
    const { config, clock, keeper, queue } = this.#options;
    const idleExit = config.values.idleExit;
    const idleLeft = idleExit === 0 ? undefined : this.#lastWork + idleExit * 1000 - clock();
    if (idleLeft !== undefined && idleLeft <= 0 && this.#retire()) return false;
    const untilBeat = this.#untilBeat();
    if (untilBeat <= 0) this.#beat();
    const dueAt = nextDue(queue);
    const readTimeout = this.#readTimeout();
    const mayRest = this.isLeader && this.#quietTurns === 0;
    const reasons = {
      store: keeper.waitMs || undefined,
      transcripts: wanted,
      idleExit: idleLeft !== undefined && idleLeft > 0 ? idleLeft : undefined,
      due: dueAt === undefined ? undefined : dueAt - clock(),
      settled: this.#presence.isWaiting ? SETTLE_LOOK_MS : undefined,
      heartbeat: untilBeat > 0 && this.#lastWork > this.#lastBeat ? untilBeat : undefined,
      look: this.#options.lookMs(),
      rest: mayRest ? restMs(config.values, this.#lastWork, clock()) : undefined,
    };
    if (await this.#sleepStill(reasons)) return true;
    const timeout = sleepMs(readTimeout, reasons);
    const rung = await this.#waiter.wait(timeout);
    if (!rung && timeout >= quietMs(readTimeout, reasons)) {
      this.#quietTurns += 1;
      await this.#countMissed();
    }
    return true;
  }

  /**
   * Once a turn found nothing to do: sleeps until something changes. Only the leader may, whose turns are the dear ones: a worker that joined it looks
   * whether the lead is free. @returns `false` when there is a reason against it.
   */
  async #sleepStill(reasons: SleepReasons): Promise<boolean> {
    const { keeper, stillness, clock, deliveries, config } = this.#options;
    const dueMs = sleepMs(FULL_TURN_MS, { ...reasons, look: undefined, heartbeat: undefined });
    const mayRest =
      this.isLeader &&
      this.#quietTurns > 0 &&
      dueMs > this.#readTimeout() &&
      this.#presence.mode !== 'polling' &&
      keeper.fault === undefined &&
      deliveries?.hasWork() !== true &&
      !stillness.hasWork(); // asked before the heartbeat promises a long rest
    if (!mayRest) return false;
    const longestMs = config.values.readTimeoutMax * 1000;
    const wakesBy = clock() + dueMs + longestMs;
    if (this.#freshUntil < wakesBy || this.#lastWork > this.#lastBeat)
      this.#beat(wakesBy + longestMs + 10_000);
    const lookMs = Math.min(longestMs, this.#options.lookMs() ?? longestMs);
    const parts = { waiter: this.#waiter, stillness, clock, lookMs, dueMs };
    const end = await sleepStill(parts);
    if (end === 'busy') return false;
    if (end === 'changed') await this.#countMissed();
    return true;
  }

  /** Old entries that only the safety scan found. */
  async #countMissed(): Promise<void> {
    if (this.#presence.mode === 'polling' || !this.#options.home.isThere()) return;
    if (this.#presence.checkDamage()) return; // the loop makes it right first
    const before = this.#tally.processed;
    const entries = this.#claim();
    if (entries.length === 0) return;
    await this.#work(entries);
    if (this.#tally.processed > before)
      this.#tally.missedWakeUps += entries.filter(({ name }) => name.attempts === 1).length;
  }

  /**
   * Ends for lack of work. The pipe goes first: a hook that comes from here on finds none and starts another worker, one that
   * came before has left its entry where the second look finds it. @returns whether nothing was left.
   */
  #retire(): boolean {
    const isDone = (): boolean => {
      const { pending, delayed } = queueDepth(this.#options.queue);
      return pending + delayed === 0 && this.#options.deliveries?.hasWork() !== true;
    };
    if (!isDone()) return false;
    this.#presence.leave();
    if (isDone()) {
      this.stop(`idle for ${this.#options.config.values.idleExit} s`);
      return true;
    }
    this.#presence.comeBack();
    return false;
  }

  #readTimeout(): number {
    return readTimeoutMs(this.#options.config.values, this.#presence.mode, this.#quietTurns);
  }

  /** @returns those that were due. */
  async #runTasks(): Promise<readonly PeriodicTask[]> {
    if (this.isStopping) return [];
    this.#tryToLead();
    const due = this.#options.schedule.takeDue(this.#options.clock(), this.isLeader);
    for (const task of due) {
      if (this.isStopping) return due;
      try {
        await task.run();
      } catch (error) {
        const fault = storeFaultOf(error);
        if (fault !== undefined) this.#options.keeper.report(fault);
        this.#options.log('error', 'TASK_FAILED', `Cannot finish ${task.name}: ${reasonOf(error)}`);
      }
    }
    return due;
  }

  /** A worker that joined others takes the lead when it is free. */
  #tryToLead(): void {
    const { clock, once, takeLead, log } = this.#options;
    const now = clock();
    if (this.#lead !== undefined || once || Math.abs(now - this.#lastLeadTry) < LEAD_TRY_MS) return;
    this.#lastLeadTry = now;
    try {
      this.#lead = takeLead();
    } catch (error) {
      log('error', 'TASK_FAILED', `Cannot try to lead: ${reasonOf(error)}`);
    }
    if (this.#lead === undefined) return;
    log('info', 'LEAD_TAKEN', 'Leading now');
    this.#beat();
  }

  async #readOn(): Promise<number | undefined> {
    if (!this.isLeader) return undefined;
    try {
      return await this.#options.readOn();
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault !== undefined) this.#options.keeper.report(fault);
      else
        this.#options.log(
          'error',
          'TRANSCRIPT_FAILED',
          `Cannot read transcripts: ${reasonOf(error)}`,
        );
      return undefined;
    }
  }

  /** With `once`: whether to end, because nothing is left or the store will not serve soon. */
  #isDrained(wanted: number | undefined): boolean {
    const { once, keeper } = this.#options;
    return once && (keeper.fault === undefined ? wanted === undefined : keeper.isOut);
  }

  #isPastDrain(): boolean {
    return this.#stopBy !== undefined && this.#options.clock() >= this.#stopBy - LEAVING_MS;
  }

  #leaveHome(): void {
    const { log, folder } = this.#options;
    log('warn', 'HOME_REMOVED', `${folder.root} was removed or replaced; stopping`);
  }

  /** Milliseconds; 0 or less when a heartbeat is due, also after the clock stepped back. */
  #untilBeat(): number {
    const since = this.#options.clock() - this.#lastBeat;
    return since < 0 ? 0 : this.#options.config.values.heartbeatInterval * 1000 - since;
  }

  #beat(freshUntil?: number): void {
    const { clock, version, schedule, keeper } = this.#options;
    const now = clock();
    this.#lastBeat = now;
    this.#freshUntil = freshUntil ?? now + 2 * this.#readTimeout() + 10_000;
    this.#presence.beat({
      tally: this.#tally,
      tasks: schedule.beats(now),
      isLeader: this.isLeader,
      version,
      now,
      freshUntil: this.#freshUntil,
      trouble: keeper.fault === undefined ? undefined : `store: ${keeper.fault.message}`,
    });
  }
}
