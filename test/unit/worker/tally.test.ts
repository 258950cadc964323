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
});
