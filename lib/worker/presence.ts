import { existsSync, mkdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import type { EventStamp } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { Claimer } from '../queue/claimer.ts';
import { listNames } from '../queue/pending-scan.ts';
import { recoverOrphans } from '../queue/recover.ts';
import { makeQueueFolder, type QueueFolder, URGENT } from '../queue/queue-folder.ts';
import { type HeartbeatParts, composeHeartbeat, wakeMode } from './compose-heartbeat.ts';
import { removeHeartbeat, type WakeMode, writeHeartbeat } from '../queue/wakeup/heartbeat.ts';
import type { LiveConfig } from './live-config.ts';
import { PendingWatcher } from './watch/pending-watcher.ts';
import type { Waiter } from './waiter.ts';
import { WakePipe } from './wake-pipe.ts';

export interface PresenceOptions {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly nextStamp: () => EventStamp;
  readonly log: Log;
  readonly waiter: Waiter;
  /** Most entries of the next batch. */
  readonly batchSize: () => number;
  readonly onRing: () => void;
  readonly onQuit: () => void;
}

/** What a worker knows of itself when it writes a heartbeat. */
export type OwnState = Pick<
  HeartbeatParts,
  'tally' | 'tasks' | 'isLeader' | 'version' | 'now' | 'freshUntil' | 'trouble'
>;

/** How a worker is there for others: its pipe, its eye on `pending/`, the entries that it holds, its heartbeat file. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #pipe: WakePipe;
  readonly #watcher: PendingWatcher;
  #claimer: Claimer | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    const { folder, queue, newId, config, log, onRing, onQuit } = options;
    this.#pipe = new WakePipe({
      wakeFolder: folder.wake,
      processing: queue.processing,
      newId,
      onRing,
      onQuit,
    });
    this.#watcher = new PendingWatcher({
      folder: queue.pending,
      mostRestarts: () => config.values.watcherRestarts,
      onChange: () => options.waiter.hurry(),
      onLost: (reason) =>
        log('warn', 'WATCHER_LOST', `Cannot watch ${queue.pending}: ${reason}; scanning instead`),
    });
  }

  get id(): string {
    return this.#pipe.id;
  }

  get mode(): WakeMode {
    return wakeMode(this.#pipe, this.#watcher);
  }

  /** Whether a foreign file waits for its writer to be done: no ring will come for it. */
  get isWaiting(): boolean {
    return this.#claimer?.isWaiting ?? false;
  }

  begin(): void {
    makeQueueFolder(this.#options.queue);
    this.#appear();
    this.#watcher.start();
  }

  /** Keeps the watch running. @returns whether anything else is missing, for {@link restore}. */
  checkDamage(): boolean {
    if (
      this.#pipe.isLost() ||
      !existsSync(this.#options.queue.pending) ||
      !existsSync(this.#pipe.holding)
    )
      return true;
    this.#watcher.check();
    return false;
  }

  /** Makes anew what others took away: the queue, the pipe, the watch. @returns whether this worker has a new id. */
  restore(): boolean {
    const { queue, log } = this.#options;
    const isRenamed = this.#pipe.isLost();
    if (isRenamed) {
      log('warn', 'PIPE_LOST', `The pipe wake/${this.id} was removed or replaced; taking a new id`); // for the others this worker is dead
      this.leave();
      this.#appear();
    }
    // an alert of ours may have made a part of it again already
    if (!existsSync(queue.pending) || !existsSync(queue.delayed)) {
      log('warn', 'QUEUE_REMADE', `The queue ${queue.pending} was removed; making it again`);
      makeQueueFolder(queue);
      this.forget();
    }
    mkdirSync(this.#pipe.holding, { recursive: true, mode: 0o700 }); // without it every claim would look like another worker's win
    this.#watcher.check();
    return isRenamed;
  }

  /** Leaves rings in the pipe until `action` has ended; then they are read at once. */
  async rest(action: () => Promise<void>): Promise<void> {
    this.#pipe.pause();
    try {
      await action();
    } finally {
      this.#pipe.resume();
      await turn(); // the pipe is drained now: a scan that follows covers its rings
    }
  }

  /** Whether entries are known to wait: a backlog need not gather. */
  get hasMore(): boolean {
    return this.#claimer?.hasMore ?? false;
  }

  /** Whether an entry waits that must not wait. */
  hasUrgent(): boolean {
    return URGENT.some(
      (priority) => listNames(`${this.#options.queue.pending}/${priority}`).length > 0,
    );
  }

  /** The next entries to work on; empty when there are none, or when the queue cannot be read. */
  claim(): readonly ClaimedEntry[] {
    if (this.#claimer === undefined) return [];
    try {
      return this.#claimer.next();
    } catch (error) {
      this.#options.log('error', 'QUEUE_UNREADABLE', `Cannot scan the queue: ${reasonOf(error)}`);
      this.#returnHeld();
      return [];
    }
  }

  /** Forgets what it saw of the queue. */
  forget(): void {
    this.#claimer?.forget();
  }

  beat(state: OwnState): void {
    const { folder, queue, log } = this.#options;
    try {
      writeHeartbeat(
        folder.heartbeat,
        composeHeartbeat({ ...state, queue, pipe: this.#pipe, watcher: this.#watcher }),
      );
    } catch (error) {
      log('debug', 'HEARTBEAT_FAILED', `Cannot write the heartbeat: ${reasonOf(error)}`);
    }
  }

  /** From here on hooks find no pipe of this worker; {@link comeBack} takes that back. */
  leave(): void {
    removeHeartbeat(this.#options.folder.heartbeat, this.id);
    this.#pipe.close();
  }

  /** Takes {@link leave} back, under a new id. */
  comeBack(): void {
    this.#appear();
  }

  end(): void {
    this.#watcher.stop();
    this.leave();
  }

  #appear(): void {
    const { queue, config, clock, nextStamp, log } = this.#options;
    this.#pipe.open(config.values.eventLoop);
    if (this.#pipe.trouble !== undefined)
      log('warn', 'PIPE_MISSING', `Working without a wake-up pipe: ${this.#pipe.trouble}`);
    this.#claimer = new Claimer({
      queue,
      holding: this.#pipe.holding,
      batchSize: this.#options.batchSize,
      sizeCap: () => config.values.entryCap,
      longestDelay: () => config.values.retryCap,
      clock,
      nextStamp,
    });
  }

  /** What was claimed before a fault would else stay with a living worker for ever. */
  #returnHeld(): void {
    try {
      recoverOrphans(this.#options.queue, (worker) => worker !== this.id);
    } catch (error) {
      this.#options.log(
        'error',
        'QUEUE_UNREADABLE',
        `Cannot give claimed entries back: ${reasonOf(error)}`,
      );
    }
  }
}
