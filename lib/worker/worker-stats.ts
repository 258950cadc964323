import type { LatencySummary } from '../queue/wakeup/heartbeat.ts';
import type { BatchResult } from './process-batch.ts';
import { quantile } from '../core/quantile.ts';

const KEPT = 1_024;

/** A ring buffer of the last 1,024 latencies. */
export class Latencies {
  readonly #values: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#values[this.#next] = Math.max(0, ms);
    this.#next = (this.#next + 1) % KEPT;
  }

  /** `undefined` before the first entry. */
  summary(): LatencySummary | undefined {
    if (this.#values.length === 0) return undefined;
    const sorted = [...this.#values].sort((a, b) => a - b);
    const at = (share: number): number => quantile(sorted, share) ?? 0;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

/** The figures of a worker, for its heartbeat, the stored samples and the answer to a check. */
export interface WorkerFigures {
  readonly processed: number;
  readonly failed: number;
  readonly dead: number;
  /** Entries per second over the last minute. */
  readonly throughput: number;
  /** From hook to store; `undefined` before the first entry. */
  readonly latency: LatencySummary | undefined;
  readonly memoryMb: number;
}

/** Counts of a worker since its start. */
export class WorkerStats {
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

  figures(now: number): WorkerFigures {
    const { processed, failed, dead } = this;
    return {
      processed,
      failed,
      dead,
      throughput: this.throughput(now),
      latency: this.latencies.summary(),
      memoryMb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
    };
  }

  /** Returns entries per second over the last minute. */
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
