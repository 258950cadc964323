import { describe, expect, it } from 'vitest';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { Tally } from '../../../lib/worker/tally.ts';

function entries(count: number, time: number): readonly ClaimedEntry[] {
  return Array.from({ length: count }, () => ({
    name: { priority: 5, time, random: '0123456789abcdef', attempts: 1 },
    path: '/x',
  }));
}

describe('Tally', () => {
  it('adds batches up: known entries are processed, too', () => {
    const tally = new Tally(0);
    tally.addBatch({ applied: entries(3, 90), known: 2, failed: 1, dead: 4 }, 100);
    tally.addBatch({ applied: entries(1, 150), known: 0, failed: 0, dead: 0 }, 200);
    expect(tally).toMatchObject({ processed: 6, failed: 1, dead: 4, lastEventAt: 200 });
    expect(tally.latencies.summary()).toMatchObject({ p50: 10, p99: 50 });
  });

  it('tells the throughput of the last minute, and forgets what was before', () => {
    const tally = new Tally(0);
    tally.addBatch({ applied: entries(600, 0), known: 0, failed: 0, dead: 0 }, 1_000);
    expect(tally.throughput(2_000)).toBe(10);
    expect(tally.throughput(60_999)).toBe(10);
    expect(tally.throughput(61_000)).toBe(0);
  });

  it('sums itself up in the figures that heartbeat, samples and checks show', () => {
    const tally = new Tally(0);
    tally.addBatch({ applied: entries(600, 900), known: 0, failed: 2, dead: 1 }, 1_000);
    const { memoryMb, ...figures } = tally.figures(2_000);
    const latency = { p50: 100, p95: 100, p99: 100 };
    expect(figures).toEqual({ processed: 600, failed: 2, dead: 1, throughput: 10, latency });
    expect(memoryMb).toBeGreaterThan(0);
  });
});
