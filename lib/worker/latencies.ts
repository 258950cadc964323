import { quantile } from '../core/quantile.ts';
import type { LatencySummary } from '../queue/wakeup/heartbeat.ts';

const KEPT = 1_024;

/** A ring of the last 1,024 latencies. */
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
