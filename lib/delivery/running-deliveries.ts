import type { Subscription } from './subscription.ts';
import type { DeliveryKey, DeliveryUpdate } from './table.ts';

interface Running {
  readonly subscription: Subscription;
  readonly attempt: NotedAttempt;
}

/** An attempt whose end is recorded here. */
export interface NotedAttempt {
  /** Resolves when its end is recorded. */
  readonly ended: Promise<void>;
  shutDown(): void;
}

/** How an attempt ended, and the name under which this worker had claimed it. */
export interface Ended {
  readonly worker: string;
  readonly update: DeliveryUpdate;
}

/** What this process has claimed: running attempts, and ended ones that are not written yet. */
export class RunningDeliveries {
  readonly #running = new Map<string, Running>();
  #ended: readonly Ended[] = [];

  get ended(): readonly Ended[] {
    return this.#ended;
  }

  /** Whether nothing is claimed. */
  get isEmpty(): boolean {
    return this.#running.size + this.#ended.length === 0;
  }

  get attempts(): readonly NotedAttempt[] {
    return [...this.#running.values()].map(({ attempt }) => attempt);
  }

  has(event: string, subscription: string): boolean {
    const wanted = nameOf({ event_id: event, subscription });
    return (
      this.#running.has(wanted) || this.#ended.some(({ update }) => nameOf(update.key) === wanted)
    );
  }

  begin(key: DeliveryKey, running: Running): void {
    this.#running.set(nameOf(key), running);
  }

  end(ended: Ended): void {
    this.#running.delete(nameOf(ended.update.key));
    this.#ended = [...this.#ended, ended];
  }

  /** The first `count` ended attempts are in the store now. */
  written(count: number): void {
    this.#ended = this.#ended.slice(count);
  }

  /** Returns the number of running attempts by subscription. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { subscription } of this.#running.values())
      counts.set(subscription.name, (counts.get(subscription.name) ?? 0) + 1);
    return counts;
  }

  /** Returns the number of running attempts, without built-in handlers. */
  foreign(): number {
    return [...this.#running.values()].filter(({ subscription }) => subscription.kind !== 'builtin')
      .length;
  }
}

function nameOf({ event_id, subscription }: DeliveryKey): string {
  return `${event_id} ${subscription}`;
}
