import { existsSync, mkdirSync } from 'node:fs';
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import type { EventStamp } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { Claimer } from '../queue/claimer.ts';
import { listNames } from '../queue/pending-scan.ts';
import { recoverOrphans } from '../queue/recover.ts';
import { makeQueueFolder, type QueueFolder, URGENT_PRIORITIES } from '../queue/queue-folder.ts';
import { type HeartbeatParts, composeHeartbeat, wakeMode } from './compose-heartbeat.ts';
import { removeHeartbeat, type WakeMode, writeHeartbeat } from '../queue/wakeup/heartbeat.ts';
import type { LiveConfig } from './live-config.ts';
import { PendingWatcher } from './watch/pending-watcher.ts';
import type { Waiter } from './waiter.ts';
import { WakePipe } from './wake-pipe.ts';

export interface QueueConnectionOptions {
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

/** What a worker adds to a heartbeat. */
export type OwnState = Pick<
  HeartbeatParts,
  'stats' | 'tasks' | 'isLeader' | 'version' | 'now' | 'freshUntil' | 'trouble'
>;

/**
 * Connects a worker to the queue: its pipe, its watch on `pending/`, the entries that it holds, and
 * its heartbeat file.
 */
export class QueueConnection {
  readonly #options: QueueConnectionOptions;
  readonly #pipe: WakePipe;
  readonly #watcher: PendingWatcher;
  #claimer: Claimer | undefined;

  constructor(options: QueueConnectionOptions) {
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
      maxRestarts: () => config.values.watcherRestarts,
      onChange: () => options.waiter.interrupt(),
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

  /** Whether a foreign file is still being written. No ring announces when it is complete. */
  get hasUnfinishedFile(): boolean {
    return this.#claimer?.hasUnfinishedFile ?? false;
  }

  begin(): void {
    makeQueueFolder(this.#options.queue);
    this.#appear();
    this.#watcher.start();
  }

  /**
   * Restarts the watch if needed.
   * @returns whether anything else is missing that {@link restore} must create.
   */
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

  /**
   * Creates again what others deleted: the queue, the pipe, the watch.
   * @returns whether this worker has a new id.
   */
  restore(): boolean {
    const { queue, log } = this.#options;
    const isRenamed = this.#pipe.isLost();
    if (isRenamed) {
      // Others consider this worker dead.
      log('warn', 'PIPE_LOST', `The pipe wake/${this.id} was removed or replaced; taking a new id`);
      this.leave();
      this.#appear();
    }
    // One of our own alerts may have created a part of it again already.
    if (!existsSync(queue.pending) || !existsSync(queue.delayed)) {
      log('warn', 'QUEUE_REMADE', `The queue ${queue.pending} was removed; creating it again`);
      makeQueueFolder(queue);
      this.forget();
    }
    // Without it, every claim would look as if another worker had won.
    mkdirSync(this.#pipe.holding, { recursive: true, mode: 0o700 });
    this.#watcher.check();
    return isRenamed;
  }

  /** Leaves rings in the pipe until `action` has ended; then reads them at once. */
  async withPipePaused(action: () => Promise<void>): Promise<void> {
    this.#pipe.pause();
    try {
      await action();
    } finally {
      this.#pipe.resume();
      await yieldToLoop(); // The pipe is drained now: the next scan covers its rings.
    }
  }

  /** Whether entries are known to wait: a backlog needs no batching delay. */
  get hasMore(): boolean {
    return this.#claimer?.hasMore ?? false;
  }

  /** Whether an urgent entry waits. */
  hasUrgent(): boolean {
    return URGENT_PRIORITIES.some(
      (priority) => listNames(`${this.#options.queue.pending}/${priority}`).length > 0,
    );
  }

  /** Claims the next entries; none if there are none, or if the queue is unreadable. */
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

  /** Discards what it knows about the queue. */
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

  /** From now on, hooks find no pipe of this worker; {@link rejoin} undoes that. */
  leave(): void {
    removeHeartbeat(this.#options.folder.heartbeat, this.id);
    this.#pipe.close();
  }

  /** Undoes {@link leave}, under a new id. */
  rejoin(): void {
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

  /**
   * Returns entries that were claimed before an error. Else they would stay with a living worker
   * for ever.
   */
  #returnHeld(): void {
    try {
      recoverOrphans(this.#options.queue, (worker) => worker !== this.id);
    } catch (error) {
      this.#options.log(
        'error',
        'QUEUE_UNREADABLE',
        `Cannot release claimed entries: ${reasonOf(error)}`,
      );
    }
  }
}
