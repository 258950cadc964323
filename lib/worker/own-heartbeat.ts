import type { QueueConnection } from './queue-connection.ts';
import type { WorkerOptions } from './worker-options.ts';
import type { WorkerStats } from './worker-stats.ts';

export interface OwnHeartbeatParts
  extends Pick<WorkerOptions, 'clock' | 'config' | 'version' | 'taskTimer' | 'storeConnection'> {
  readonly connection: Pick<QueueConnection, 'beat'>;
  readonly stats: WorkerStats;
  readonly isLeader: () => boolean;
  /** Returns the longest time until the worker wakes by itself, in milliseconds. */
  readonly readTimeout: () => number;
}

/** How long after the time it promised a worker still counts as alive. */
export const LATE_MS = 10_000;

/** When this worker reported its state, and until when readers may trust it. */
export class OwnHeartbeat {
  readonly #parts: OwnHeartbeatParts;
  #lastAt = 0;
  /** The next heartbeat is due by then. */
  #freshUntil = 0;

  constructor(parts: OwnHeartbeatParts) {
    this.#parts = parts;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  get freshUntil(): number {
    return this.#freshUntil;
  }

  /** Returns milliseconds; 0 or less if a heartbeat is due, also after the clock stepped back. */
  untilDue(): number {
    const { clock, config } = this.#parts;
    const since = clock() - this.#lastAt;
    return since < 0 ? 0 : config.values.heartbeatInterval * 1000 - since;
  }

  /** Writes it now. */
  beat(freshUntil?: number): void {
    const { clock, version, taskTimer, storeConnection, connection, stats } = this.#parts;
    const now = clock();
    const { fault } = storeConnection;
    this.#lastAt = now;
    this.#freshUntil = freshUntil ?? now + 2 * this.#parts.readTimeout() + LATE_MS;
    connection.beat({
      stats,
      tasks: taskTimer.describeTasks(now),
      isLeader: this.#parts.isLeader(),
      version,
      now,
      freshUntil: this.#freshUntil,
      trouble: fault === undefined ? undefined : `store: ${fault.message}`,
    });
  }
}
