import { Latencies } from './latencies.ts';
import type { BatchResult } from './process-batch.ts';

/** What a worker has done so far. */
export class Tally {
  readonly latencies = new Latencies();
  readonly startedAt: number;
  iteration = 0;
  processed = 0;
  failed = 0;
  dead = 0;
  rings = 0;
  missedWakeUps = 0;
  lastEventAt: number | undefined;
  readonly #seconds = new Map<number, number>();

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  addBatch(result: BatchResult, now: number): void {
    this.processed += result.applied.length + result.known;
    this.failed += result.failed;
    this.dead += result.dead;
    for (const { name } of result.applied) this.latencies.add(now - name.time);
    this.lastEventAt = now;
    const second = Math.floor(now / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + result.applied.length);
  }

  /** Entries per second over the last minute. */
  throughput(now: number): number {
    const from = Math.floor(now / 1000) - 60;
    let total = 0;
    for (const [second, count] of this.#seconds) {
      if (second <= from) this.#seconds.delete(second);
      else total += count;
    }
    return Math.round((total / 60) * 100) / 100;
  }
}
