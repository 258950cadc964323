import { describe, expect, it } from 'vitest';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { makeBatchDelay } from '../../../lib/worker/batch-delay.ts';

function entries(count: number, attempts = 1, priority = 5): readonly ClaimedEntry[] {
  return Array.from({ length: count }, (_, n) => ({
    name: { priority, time: n, random: `${n}`, attempts },
    path: `/${n}`,
  }));
}

interface SetUp {
  readonly hurry?: () => boolean;
  readonly urgent?: () => boolean;
  readonly hasMore?: boolean;
  readonly lastedMs?: number;
}

/** A gatherer after `lastedMs` of a hundred entries a second, and what it did since. */
async function inStream({
  hurry = () => false,
  urgent = () => false,
  hasMore = false,
  lastedMs = 500,
}: SetUp = {}) {
  let now = 0;
  let isResting = false;
  const pauses: { readonly ms: number; readonly isResting: boolean }[] = [];
  const waiter = {
    ring: () => undefined,
    interrupt: () => undefined,
    drain: () => undefined,
    wait: () => Promise.resolve(false),
    pause: (ms: number) => {
      pauses.push({ ms, isResting });
      return Promise.resolve(hurry());
    },
  };
  const withPipePaused = async (action: () => Promise<void>): Promise<void> => {
    isResting = true;
    await action();
    isResting = false;
  };
  const gather = makeBatchDelay({
    clock: () => now,
    waiter,
    connection: { withPipePaused, hasUrgent: urgent, hasMore },
  });
  for (; now < lastedMs; now += 10) await gather(entries(1));
  pauses.length = 0;
  return { gather, pauses, isResting: () => isResting, later: (ms: number) => (now += ms) };
}

describe('makeBatchDelay', () => {
  it.each([
    ['that has just begun', 500, 200],
    ['that lasts', 5_000, 1_000],
  ])(
    'lets entries of a stream %s gather, its pipe unread meanwhile',
    async (_which, lastedMs, restMs) => {
      const { gather, pauses, isResting } = await inStream({ lastedMs });
      await gather(entries(1));
      expect(pauses.reduce((sum, { ms }) => sum + ms, 0)).toBe(restMs);
      expect(pauses.every((pause) => pause.isResting)).toBe(true);
      expect(isResting()).toBe(false);
    },
  );

  it('delays larger batches, too, once the stream lasts', async () => {
    const { gather, pauses } = await inStream({ lastedMs: 5_000 });
    await gather(entries(100));
    expect(pauses).toHaveLength(20);
  });

  it('does not delay a replay, whose entries are bulk, unless others are most of the batch', async () => {
    const { gather, pauses } = await inStream({ lastedMs: 5_000 });
    await gather([...entries(3, 1, 8), ...entries(2)]);
    expect(pauses).toEqual([]);
    await gather([...entries(2, 1, 8), ...entries(2)]);
    expect(pauses).toHaveLength(20);
  });

  it('does not delay the first entry after a quiet time', async () => {
    const { gather, pauses, later } = await inStream();
    later(1_300);
    await gather(entries(1));
    expect(pauses).toEqual([]);
  });

  it('does not delay while there is a backlog', async () => {
    const { gather, pauses } = await inStream();
    await gather(entries(32));
    await gather(entries(1, 2));
    expect(pauses).toEqual([]);
  });

  it('does not delay small batches of urgent entries while there is a backlog', async () => {
    const { gather, pauses } = await inStream({ hasMore: true, lastedMs: 5_000 });
    await gather(entries(1));
    expect(pauses).toEqual([]);
  });

  it('ends when it is interrupted', async () => {
    const { gather, pauses } = await inStream({ hurry: () => true });
    await gather(entries(1));
    expect(pauses).toHaveLength(1);
  });

  it('ends within 50 ms when an urgent entry waits', async () => {
    const { gather, pauses } = await inStream({ urgent: () => true });
    await gather(entries(1));
    expect(pauses.map(({ ms }) => ms)).toEqual([50]);
  });
});
