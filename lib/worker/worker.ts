import { existsSync, mkdirSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { type Claimer, openClaimer } from '../queue/claimer.ts';
import { nextDue } from '../queue/pending-scan.ts';
import { makeQueueFolder, type QueueFolder } from '../queue/queue-folder.ts';
import type { ApplyEvents } from '../store/apply-events.ts';
import { StoreFault, storeFaultOf } from '../store/store-fault.ts';
import type { EventStamp } from '../core/event-id.ts';
import { composeHeartbeat, wakeMode } from './compose-heartbeat.ts';
import { removeHeartbeat, writeHeartbeat } from './heartbeat.ts';
import type { LeaderLock } from './leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import { PendingWatcher } from './pending-watcher.ts';
import { type BatchParts, processBatch } from './process-batch.ts';
import type { Schedule } from './schedule.ts';
import type { StoreKeeper } from './store-keeper.ts';
import { Tally } from './tally.ts';
import { openWaiter } from './waiter.ts';
import { WakePipe } from './wake-pipe.ts';

export interface WorkerOptions {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly nextStamp: () => EventStamp;
  readonly log: Log;
  readonly version: string;
  readonly keeper: StoreKeeper;
  readonly redact: BatchParts['redact'];
  /** Applies events through the open store; `undefined` while the store is out. */
  readonly applier: () => ApplyEvents | undefined;
  /** Takes the lead if nobody has it. */
  readonly takeLead: () => LeaderLock | undefined;
  readonly schedule: Schedule;
  /** Reads transcripts on, a little at a time. @returns milliseconds after which it wants another turn, or `undefined`. */
  readonly readOn: () => Promise<number | undefined>;
  /** Ends when nothing is left to do. */
  readonly once: boolean;
  readonly onCommitted?: () => void;
}

/** How long a worker that is asked to stop goes on with what waits. */
const DRAIN_TIME_MS = 2_000;

/** How often a foreign file is looked at whose writer may not be done. */
const SETTLE_LOOK_MS = 500;

/** The loop: claim, apply, acknowledge; when nothing is left, look after the house and sleep on the pipe. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #waiter = openWaiter();
  readonly #pipe: WakePipe;
  readonly #watcher: PendingWatcher;
  readonly #tally: Tally;
  #claimer: Claimer | undefined;
  #lead: LeaderLock | undefined;
  #stopBy: number | undefined;
  #lastBeat = 0;
  #lastWork: number;
  #quietTurns = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#tally = new Tally(options.clock());
    this.#lastWork = options.clock();
    const onRing = (): void => {
      this.#tally.rings += 1;
      this.#waiter.ring();
    };
    const { folder, queue, newId, config, log } = options;
    this.#pipe = new WakePipe({ wakeFolder: folder.wake, processing: queue.processing, newId, onRing, onQuit: () => this.stop('asked over its pipe') });
    this.#watcher = new PendingWatcher({
      folder: queue.pending,
      mostRestarts: () => config.values.watcherRestarts,
      onChange: () => this.#waiter.ring(),
      onLost: (reason) => log('warn', 'WATCHER_LOST', `Cannot watch ${queue.pending}: ${reason}; scanning instead`),
    });
  }

  get id(): string {
    return this.#pipe.id;
  }

  get tally(): Tally {
    return this.#tally;
  }

  get isLeader(): boolean {
    return this.#lead !== undefined;
  }

  /** Ends after what waits is done, within two seconds. A second call ends after the batch at hand. */
  stop(reason: string): void {
    const now = this.#options.clock();
    this.#stopBy = this.#stopBy === undefined ? now + DRAIN_TIME_MS : now;
    this.#options.log('info', 'WORKER_STOPPING', `Stopping: ${reason}`);
    this.#waiter.ring();
  }

  /** Runs until stopped, or with `once` until nothing is left. Leaves nothing behind. */
  async run(lead: LeaderLock | undefined): Promise<void> {
    this.#lead = lead;
    makeQueueFolder(this.#options.queue);
    this.#begin();
    this.#watcher.start();
    this.#beat();
    try {
      await this.#loop();
    } finally {
      this.#end();
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#tally.iteration += 1;
      this.#options.config.refresh();
      if (this.#pipe.isLost()) this.#begin();
      await this.#runTasks();
      this.#waiter.drain();
      const entries = this.#claim();
      if (entries.length > 0) {
        await this.#work(entries);
        if (this.#isPastDrain()) return;
        continue;
      }
      if (this.#stopBy !== undefined) return;
      const wanted = await this.#readOn();
      if (wanted === 0) continue;
      if (this.#options.once && (wanted === undefined || this.#options.keeper.fault !== undefined)) return;
      if (!(await this.#sleep(wanted))) return;
    }
  }

  #claim(): readonly ClaimedEntry[] {
    if (this.#options.applier() === undefined || this.#claimer === undefined) return [];
    try {
      mkdirSync(this.#pipe.holding, { recursive: true, mode: 0o700 }); // without it every claim would look like another worker's win
      return this.#claimer.next();
    } catch (error) {
      this.#options.log('error', 'QUEUE_UNREADABLE', `Cannot scan the queue: ${reasonOf(error)}`);
      return [];
    }
  }

  async #work(entries: readonly ClaimedEntry[]): Promise<void> {
    const { queue, config, clock, random, log, keeper, redact, onCommitted } = this.#options;
    const apply: ApplyEvents = (events) => {
      const applyNow = this.#options.applier();
      if (applyNow === undefined) throw keeper.fault ?? new StoreFault('CANTOPEN', 'the store went away');
      return applyNow(events);
    };
    try {
      const result = await processBatch(entries, {
        queue,
        config: () => config.values,
        clock,
        random,
        log,
        apply,
        redact,
        ...(onCommitted === undefined ? {} : { onCommitted }),
      });
      keeper.succeeded();
      this.#tally.addBatch(result, clock());
      this.#lastWork = clock();
      this.#quietTurns = 0;
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault === undefined) throw error;
      this.#claimer?.forget();
      keeper.report(fault);
    }
    if (clock() - this.#lastBeat >= config.values.heartbeatInterval * 1000) this.#beat();
    await new Promise((resolve) => setImmediate(resolve)); // rings, signals and the watcher get their turn
  }

  /** @returns whether to go on. */
  async #sleep(wanted: number | undefined): Promise<boolean> {
    const { config, clock, keeper, folder } = this.#options;
    const idleExit = config.values.idleExit * 1000;
    if (idleExit > 0 && clock() - this.#lastWork >= idleExit) {
      this.stop(`idle for ${config.values.idleExit} s`);
      return false;
    }
    const untilBeat = this.#lastBeat + config.values.heartbeatInterval * 1000 - clock();
    if (untilBeat <= 0) this.#beat();
    const hasNews = untilBeat > 0 && this.#lastWork > this.#lastBeat;
    const reasons = [
      wanted,
      idleExit || undefined,
      keeper.waitMs || undefined,
      this.#untilDue(),
      this.#claimer?.isWaiting ? SETTLE_LOOK_MS : undefined,
      hasNews ? untilBeat : undefined,
    ];
    const timeout = Math.min(this.#readTimeout(), ...reasons.filter((ms) => ms !== undefined));
    const before = this.#tally.processed;
    const rung = await this.#waiter.wait(timeout);
    if (!rung) {
      if (timeout >= this.#readTimeout()) this.#quietTurns += 1;
      if (!existsSync(folder.root)) return false; // removed under our feet: an uninstall
      await this.#countMissed(before);
    }
    return true;
  }

  /** Entries that only this scan found, though somebody put them there a while ago. */
  async #countMissed(before: number): Promise<void> {
    const entries = wakeMode(this.#pipe, this.#watcher) === 'polling' ? [] : this.#claim();
    if (entries.length === 0) return;
    const fresh = entries.filter(({ name }) => name.attempts === 1).length;
    await this.#work(entries);
    if (this.#tally.processed > before) this.#tally.missedWakeUps += fresh;
  }

  #readTimeout(): number {
    const { readTimeout, readTimeoutMax, pollInterval } = this.#options.config.values;
    if (wakeMode(this.#pipe, this.#watcher) === 'polling') return pollInterval;
    return Math.min(readTimeoutMax, readTimeout * 2 ** Math.min(10, Math.max(0, this.#quietTurns - 1))) * 1000;
  }

  #untilDue(): number | undefined {
    const dueAt = nextDue(this.#options.queue);
    return dueAt === undefined ? undefined : Math.max(1, dueAt - this.#options.clock());
  }

  async #runTasks(): Promise<void> {
    this.#watcher.check();
    if (this.#lead === undefined && !this.#options.once) this.#lead = this.#options.takeLead();
    for (const task of this.#options.schedule.takeDue(this.#options.clock(), this.isLeader)) {
      try {
        await task.run();
      } catch (error) {
        const fault = storeFaultOf(error);
        if (fault !== undefined) this.#options.keeper.report(fault);
        this.#options.log('error', 'TASK_FAILED', `Cannot finish ${task.name}: ${reasonOf(error)}`);
      }
    }
  }

  async #readOn(): Promise<number | undefined> {
    if (!this.isLeader) return undefined;
    try {
      return await this.#options.readOn();
    } catch (error) {
      const fault = storeFaultOf(error);
      if (fault !== undefined) this.#options.keeper.report(fault);
      else this.#options.log('error', 'TRANSCRIPT_FAILED', `Cannot read transcripts: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #isPastDrain(): boolean {
    return this.#stopBy !== undefined && this.#options.clock() >= this.#stopBy;
  }

  /** A fresh identity: at the start, and whenever the pipe was taken away. */
  #begin(): void {
    const { folder, queue, config, clock, nextStamp, log } = this.#options;
    if (this.#pipe.id !== '') {
      log('warn', 'PIPE_LOST', `The pipe wake/${this.#pipe.id} was removed or replaced; taking a new id`);
      removeHeartbeat(folder.heartbeat, this.#pipe.id);
      this.#pipe.close();
    }
    this.#pipe.open(config.values.eventLoop);
    if (this.#pipe.trouble !== undefined) log('warn', 'PIPE_MISSING', `Working without a wake-up pipe: ${this.#pipe.trouble}`);
    this.#claimer = openClaimer({
      queue,
      holding: this.#pipe.holding,
      batchSize: () => config.values.batchSize,
      sizeCap: () => config.values.entryCap,
      clock,
      nextStamp,
    });
  }

  #beat(): void {
    const { queue, clock, version, schedule, folder, keeper, log } = this.#options;
    const now = clock();
    this.#lastBeat = now;
    const trouble = keeper.fault === undefined ? undefined : `store: ${keeper.fault.message}`;
    const freshUntil = now + 2 * this.#readTimeout() + 10_000;
    const parts = {
      queue,
      pipe: this.#pipe,
      watcher: this.#watcher,
      tally: this.#tally,
      tasks: schedule.beats(now),
      isLeader: this.isLeader,
      version,
      now,
      freshUntil,
      trouble,
    };
    try {
      writeHeartbeat(folder.heartbeat, composeHeartbeat(parts));
    } catch (error) {
      log('debug', 'HEARTBEAT_FAILED', `Cannot write the heartbeat: ${reasonOf(error)}`);
    }
  }

  #end(): void {
    this.#watcher.stop();
    removeHeartbeat(this.#options.folder.heartbeat, this.#pipe.id);
    this.#pipe.close();
    this.#lead?.release();
    this.#lead = undefined;
  }
}
