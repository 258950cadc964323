import { describe, expect, it } from 'vitest';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { WorkerStats } from '../../../lib/worker/worker-stats.ts';

function entries(count: number, time: number): readonly ClaimedEntry[] {
  return Array.from({ length: count }, () => ({
    name: { priority: 5, time, random: '0123456789abcdef', attempts: 1 },
    path: '/x',
  }));
}

describe('WorkerStats', () => {
  it('adds up batches: known entries count as processed', () => {
    const stats = new WorkerStats(0);
    stats.addBatch({ applied: entries(3, 90), known: 2, failed: 1, dead: 4 }, 100);
    stats.addBatch({ applied: entries(1, 150), known: 0, failed: 0, dead: 0 }, 200);
    expect(stats).toMatchObject({ processed: 6, failed: 1, dead: 4, lastEventAt: 200 });
    expect(stats.latencies.summary()).toMatchObject({ p50: 10, p99: 50 });
  });

  it('returns the throughput of the last minute, without what came before', () => {
    const stats = new WorkerStats(0);
    stats.addBatch({ applied: entries(600, 0), known: 0, failed: 0, dead: 0 }, 1_000);
    expect(stats.throughput(2_000)).toBe(10);
    expect(stats.throughput(60_999)).toBe(10);
    expect(stats.throughput(61_000)).toBe(0);
  });

  it('returns the figures that heartbeat, samples and checks show', () => {
    const stats = new WorkerStats(0);
    stats.addBatch({ applied: entries(600, 900), known: 0, failed: 2, dead: 1 }, 1_000);
    const { memoryMb, ...figures } = stats.figures(2_000);
    const latency = { p50: 100, p95: 100, p99: 100 };
    expect(figures).toEqual({ processed: 600, failed: 2, dead: 1, throughput: 10, latency });
    expect(memoryMb).toBeGreaterThan(0);
  });
});
