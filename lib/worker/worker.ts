import { setImmediate as yieldToLoop, setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { queueDepth } from '../queue/depth.ts';
import { nextDue } from '../queue/pending-scan.ts';
import type { ApplyEvents } from '../store/apply-events.ts';
import { StoreFault, storeFaultOf } from '../store/store-fault.ts';
import { makeBatchDelay } from './batch-delay.ts';
import type { LeaderLock } from '../store/leader-lock.ts';
import { LATE_MS, OwnHeartbeat } from './own-heartbeat.ts';
import { QueueConnection } from './queue-connection.ts';
import { BatchSize, processBatch } from './process-batch.ts';
import { FULL_LOOP_MS, sleepUntilChange } from './sleep-until-change.ts';
import {
  isQuiet,
  quietSleepMs,
  readTimeoutMs,
  untilRestMs,
  type SleepReasons,
  sleepMs,
} from './sleep-time.ts';
import type { PeriodicTask } from './task-timer.ts';
import { WorkerStats } from './worker-stats.ts';
import { isStored } from './table.ts';
import { openWaiter } from './waiter.ts';
import type { WorkerOptions } from './worker-options.ts';

/** How long a stopping worker waits for what runs beside the loop. */
const DRAIN_TIME_MS = 2_000;

/** The last part of that time, reserved for shutdown after the current batch. */
const LEAVING_MS = 800;

/** Most committed entries that may wait for the disk. Beyond that, the next batch waits for it. */
const MAX_UNACKED = 4_096;

/** How often to check a foreign file that is still being written. */
const FOREIGN_FILE_POLL_MS = 500;

/** How long a state folder that loses parts may take to disappear before they are created again. */
const REMOVAL_TIME_MS = 250;

/** How often a worker that does not lead tries to. */
const LEAD_TRY_MS = 1_000;

/**
 * The loop of a worker: claim, apply, acknowledge. When the queue is empty: periodic tasks,
 * transcripts, sleep.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #waiter = openWaiter();
  readonly #connection: QueueConnection;
  readonly #stats: WorkerStats;
  readonly #heartbeat: OwnHeartbeat;
  readonly #delayBatch: ReturnType<typeof makeBatchDelay>;
  readonly #batchSize: BatchSize;
  #lead: LeaderLock | undefined;
  #stopBy: number | undefined;
  #lastLeadTry = 0;
  #lastWork: number;
  #quietSleeps = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#lead = options.lead;
    this.#stats = new WorkerStats(options.clock());
    this.#lastWork = options.clock();
    const onRing = (): void => {
      this.#stats.rings += 1;
      this.#waiter.ring();
    };
    this.#batchSize = new BatchSize(() => options.config.values.batchSize);
    this.#connection = new QueueConnection({
      ...options,
      batchSize: () => this.#batchSize.now,
      waiter: this.#waiter,
      onRing,
      onQuit: () => this.stop('asked over its pipe'),
    });
    this.#heartbeat = new OwnHeartbeat({
      ...options,
      connection: this.#connection,
      stats: this.#stats,
      isLeader: () => this.isLeader,
      readTimeout: () => this.#readTimeout(),
    });
    const { clock } = options;
    const parts = { waiter: this.#waiter, connection: this.#connection };
    this.#delayBatch = makeBatchDelay({ clock, ...parts });
  }

  get id(): string {
    return this.#connection.id;
  }

  get stats(): WorkerStats {
    return this.#stats;
  }

  get isLeader(): boolean {
    return this.#lead !== undefined;
  }

  get isStopping(): boolean {
    return this.#stopBy !== undefined;
  }

  /** Ends a sleep, or prevents the next one. */
  wake(): void {
    this.#waiter.ring();
  }

  /** Stops within two seconds, after waiting work. A second call: after the current batch. */
  stop(reason: string): void {
    const now = this.#options.clock();
    this.#stopBy = this.#stopBy === undefined ? now + DRAIN_TIME_MS : now;
    this.#options.log('info', 'WORKER_STOPPING', `Stopping: ${reason}`);
    this.#waiter.interrupt();
  }

  /** Runs until it is stopped, the state folder is deleted or, with `once`, the queue is empty. */
  async run(): Promise<void> {
    try {
      this.#connection.begin();
      this.#heartbeat.beat();
      await this.#loop();
    } finally {
      await this.#leave();
    }
  }

  /**
   * Releases pipe and lead, whatever fails: an open pipe keeps the process alive, and hooks ring
   * it.
   */
  async #leave(): Promise<void> {
    try {
      const drainMs = Math.max(0, (this.#stopBy ?? 0) - this.#options.clock());
      await this.#options.deliveries?.close(drainMs);
      await this.#options.acks.whenDrained();
    } finally {
      this.#options.changes.end();
      this.#connection.end();
      this.#lead?.release();
      this.#lead = undefined;
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#stats.iteration += 1;
      const isDamaged = this.#connection.checkDamage();
      if (isDamaged) await sleep(REMOVAL_TIME_MS);
      if (!this.#options.home.isSameFolder()) return this.#leaveHome();
      this.#options.config.refresh();
      if (isDamaged && this.#connection.restore()) this.#heartbeat.beat();
      // Entries go before periodic tasks, but what dead workers held is older than all of them.
      const isBegin = this.#stats.iteration === 1 || this.#options.once;
      if (isBegin) await this.#runTasks();
      this.#waiter.drain();
      const wasStopping = this.isStopping;
      const entries = this.#claim();
      if (entries.length > 0) {
        await this.#work(entries);
        if (this.#isPastDrain()) return;
        await this.#runTasks();
        if (this.#stopBy === undefined && !this.#options.once) await this.#delayBatch(entries);
        continue;
      }
      if (!isBegin && (await this.#runTasks()).some(({ requeues }) => requeues === true)) continue;
      if (wasStopping) return;
      if (this.isStopping) continue; // Entries may have come between that claim and the request.
      const wanted = await this.#readTranscripts();
      if (wanted === 0) {
        await yieldToLoop(); // Rings, signals and the watcher.
        continue;
      }
      if (this.#isDrained(wanted)) return;
      if (!(await this.#sleep(wanted))) return;
    }
  }

  #claim(): readonly ClaimedEntry[] {
    return this.#options.applier() === undefined ? [] : this.#connection.claim();
  }

  async #work(entries: readonly ClaimedEntry[]): Promise<void> {
    const { storeConnection, acks, onCommitted } = this.#options;
    const { queue, config, clock, random, log, redact } = this.#options;
    const apply: ApplyEvents = (events, waitMs) => {
      const applyNow = this.#options.applier();
      if (applyNow === undefined)
        throw storeConnection.fault ?? new StoreFault('CANTOPEN', 'the store became unavailable');
      return applyNow(events, waitMs);
    };
    const isKnown = (id: string): boolean => {
      const database = storeConnection.get();
      return database !== undefined && isStored(database, id);
    };
    const begunAt = performance.now();
    this.#options.changes.end();
    try {
      const result = await processBatch(entries, {
        ...{ queue, clock, random, log, apply, redact, isKnown },
        config: () => config.values,
        acknowledge: (done) => acks.add(done),
        ...(onCommitted === undefined ? {} : { onCommitted }),
      });
      storeConnection.reportSuccess();
      this.#batchSize.note(entries.length, performance.now() - begunAt);
      this.#stats.addBatch(result, clock());
      this.#lastWork = clock();
      this.#quietSleeps = 0;
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault === undefined) throw error;
      this.#connection.forget();
      storeConnection.report(fault);
    }
    if (this.#heartbeat.untilDue() <= 0) this.#heartbeat.beat();
    // An entry with earlier attempts is finished before the next is claimed: else each crash of a
    // poison entry would cost the other one an attempt, too.
    const isRetry = entries.some(({ name }) => name.attempts > 1);
    if (isRetry || acks.size > MAX_UNACKED) await acks.whenDrained();
    await yieldToLoop(); // Rings, signals and the watcher.
  }

  /** @returns whether to continue. */
  async #sleep(wanted: number | undefined): Promise<boolean> {
    const { config, clock, storeConnection, queue } = this.#options;
    const idleExit = config.values.idleExit;
    const idleLeft = idleExit === 0 ? undefined : this.#lastWork + idleExit * 1000 - clock();
    if (idleLeft !== undefined && idleLeft <= 0 && this.#retire()) return false;
    const untilBeat = this.#heartbeat.untilDue();
    if (untilBeat <= 0) this.#heartbeat.beat();
    const dueAt = nextDue(queue);
    const readTimeout = this.#readTimeout();
    const untilRest = untilRestMs(config.values, this.#lastWork, clock());
    const reasons = {
      store: storeConnection.waitMs || undefined,
      transcripts: wanted,
      idleExit: idleLeft !== undefined && idleLeft > 0 ? idleLeft : undefined,
      due: dueAt === undefined ? undefined : dueAt - clock(),
      foreignFile: this.#connection.hasUnfinishedFile ? FOREIGN_FILE_POLL_MS : undefined,
      heartbeat: untilBeat > 0 && this.#lastWork > this.#heartbeat.lastAt ? untilBeat : undefined,
      poll: this.#options.pollMs(),
      rest: this.isLeader && this.#quietSleeps === 0 ? untilRest : undefined,
    };
    const mayRest = isQuiet(this.#quietSleeps, untilRest);
    if (mayRest && (await this.#sleepUntilChange(reasons))) return true;
    const timeout = sleepMs(readTimeout, reasons);
    const rung = await this.#waiter.wait(timeout);
    if (!rung && timeout >= quietSleepMs(readTimeout, reasons)) {
      this.#quietSleeps += 1;
      await this.#countMissed();
    }
    return true;
  }

  /**
   * Sleeps until something changes. Only for the leader that is quiet, whose loops are expensive; a
   * worker that joined must check whether the lead is free.
   * @returns `false` if there is a reason against it.
   */
  async #sleepUntilChange(reasons: SleepReasons): Promise<boolean> {
    const { storeConnection, changes, clock, deliveries, config } = this.#options;
    const dueMs = sleepMs(FULL_LOOP_MS, { ...reasons, poll: undefined, heartbeat: undefined });
    const mayRest =
      this.isLeader &&
      dueMs > this.#readTimeout() &&
      this.#connection.mode !== 'polling' &&
      storeConnection.fault === undefined &&
      deliveries?.hasWork() !== true &&
      !changes.hasWork(); // Checked before the heartbeat promises a long rest.
    if (!mayRest) {
      changes.end();
      return false;
    }
    const longestMs = config.values.readTimeoutMax * 1000;
    const wakesBy = clock() + dueMs + longestMs;
    if (this.#heartbeat.freshUntil < wakesBy || this.#lastWork > this.#heartbeat.lastAt)
      this.#heartbeat.beat(wakesBy + longestMs + LATE_MS);
    const pollMs = Math.min(longestMs, this.#options.pollMs() ?? longestMs);
    if (changes.hasBegun) this.#options.collectGarbage();
    const end = await sleepUntilChange({ waiter: this.#waiter, changes, clock, pollMs, dueMs });
    if (end === 'changed') await this.#countMissed();
    return end !== 'busy';
  }

  /** Counts old entries that only the safety scan found. */
  async #countMissed(): Promise<void> {
    if (this.#connection.mode === 'polling' || !this.#options.home.isSameFolder()) return;
    if (this.#connection.checkDamage()) return; // The loop repairs it first.
    const before = this.#stats.processed;
    const entries = this.#claim();
    if (entries.length === 0) return;
    await this.#work(entries);
    if (this.#stats.processed > before)
      this.#stats.missedWakeUps += entries.filter(({ name }) => name.attempts === 1).length;
  }

  /**
   * Stops because there is no work. Releases the pipe first, so that a later hook starts another
   * worker; the second check finds entries that arrived before.
   * @returns whether nothing was left.
   */
  #retire(): boolean {
    const isDone = (): boolean => {
      const { pending, delayed } = queueDepth(this.#options.queue);
      return pending + delayed === 0 && this.#options.deliveries?.hasWork() !== true;
    };
    if (!isDone()) return false;
    this.#connection.leave();
    if (isDone()) {
      this.stop(`idle for ${this.#options.config.values.idleExit} s`);
      return true;
    }
    this.#connection.rejoin();
    return false;
  }

  #readTimeout(): number {
    return readTimeoutMs(this.#options.config.values, this.#connection.mode, this.#quietSleeps);
  }

  /** @returns the tasks that were due. */
  async #runTasks(): Promise<readonly PeriodicTask[]> {
    if (this.isStopping) return [];
    this.#tryToLead();
    const due = this.#options.taskTimer.takeDue(this.#options.clock(), this.isLeader);
    for (const task of due) {
      if (this.isStopping) return due;
      try {
        await task.run();
      } catch (error) {
        const fault = storeFaultOf(error);
        if (fault !== undefined) this.#options.storeConnection.report(fault);
        // A store that is out has an alert of its own; an error would raise a second one.
        const level = fault === undefined ? 'error' : 'warn';
        this.#options.log(level, 'TASK_FAILED', `Cannot finish ${task.name}: ${reasonOf(error)}`);
      }
    }
    return due;
  }

  /** Takes the lead when it is free, for a worker that joined others. */
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
    this.#heartbeat.beat();
  }

  async #readTranscripts(): Promise<number | undefined> {
    if (!this.isLeader) return undefined;
    const { readTranscripts, storeConnection, log } = this.#options;
    try {
      return await readTranscripts();
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault !== undefined) storeConnection.report(fault);
      else log('error', 'TRANSCRIPT_FAILED', `Cannot read transcripts: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** With `once`: whether to stop, because nothing is left or the store will not work soon. */
  #isDrained(wanted: number | undefined): boolean {
    const { fault, isUnavailable } = this.#options.storeConnection;
    return this.#options.once && (fault === undefined ? wanted === undefined : isUnavailable);
  }

  #isPastDrain(): boolean {
    return this.#stopBy !== undefined && this.#options.clock() >= this.#stopBy - LEAVING_MS;
  }

  #leaveHome(): void {
    const { log, folder } = this.#options;
    log('warn', 'HOME_REMOVED', `${folder.root} was removed or replaced; stopping`);
  }
}
