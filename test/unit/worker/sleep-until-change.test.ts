import { describe, expect, it } from 'vitest';
import {
  FULL_LOOP_MS,
  garbageCollector,
  sleepUntilChange,
} from '../../../lib/worker/sleep-until-change.ts';
import { fakeClock } from '../../support/fake-clock.ts';

interface Own {
  readonly dueMs?: number;
  readonly isBusy?: boolean;
  /** The sleep, counted from 1, that a ring ends. */
  readonly rungAt?: number;
  /** The look, counted from 0 before the first sleep, that finds a change. */
  readonly changedAt?: number;
  /** How much further the clock moves in the first sleep. */
  readonly stepMs?: number;
}

function setUp(own: Own = {}) {
  const { dueMs = Number.POSITIVE_INFINITY, isBusy = false, stepMs = 0 } = own;
  const { clock, advance } = fakeClock();
  const slept: number[] = [];
  let looks = -1;
  let isWatching = false;
  const sleep = (): ReturnType<typeof sleepUntilChange> =>
    sleepUntilChange({
      waiter: {
        wait: (ms) => {
          slept.push(ms);
          advance(ms + (slept.length === 1 ? stepMs : 0));
          return Promise.resolve(slept.length === own.rungAt);
        },
      },
      changes: {
        get hasBegun() {
          return isWatching;
        },
        begin: () => {
          isWatching = !isBusy;
          return isWatching;
        },
        isUnchanged: () => {
          looks += 1;
          return looks !== own.changedAt;
        },
        end: () => {
          isWatching = false;
        },
      },
      clock,
      pollMs: 60_000,
      dueMs,
    });
  return { sleep, slept, isWatching: () => isWatching };
}

describe('sleepUntilChange', () => {
  it('sleeps while nothing changes, until the full loop', async () => {
    const { sleep, slept, isWatching } = setUp();
    expect(await sleep()).toBe('recorded');
    expect(await sleep()).toBe('due');
    expect(slept).toEqual(Array.from({ length: 10 }, () => 60_000));
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(FULL_LOOP_MS);
    expect(isWatching()).toBe(false);
  });

  it('does not sleep while there is work', async () => {
    const { sleep, slept, isWatching } = setUp({ isBusy: true });
    expect(await sleep()).toBe('busy');
    expect(slept).toEqual([]);
    expect(isWatching()).toBe(false);
  });

  it('does not sleep when something changed in the loop after the record', async () => {
    const { sleep, slept, isWatching } = setUp({ changedAt: 0 });
    expect(await sleep()).toBe('recorded');
    expect(isWatching()).toBe(true);
    expect(await sleep()).toBe('busy');
    expect(slept).toEqual([]);
    expect(isWatching()).toBe(false);
  });

  it('ends at a ring', async () => {
    const { sleep, slept } = setUp({ rungAt: 2 });
    await sleep();
    expect(await sleep()).toBe('rung');
    expect(slept).toHaveLength(2);
  });

  it('ends at the check that finds a change', async () => {
    const { sleep, slept } = setUp({ changedAt: 3 });
    await sleep();
    expect(await sleep()).toBe('changed');
    expect(slept).toHaveLength(3);
  });

  it('ends when something is due', async () => {
    const { sleep, slept } = setUp({ dueMs: 90_000 });
    await sleep();
    expect(await sleep()).toBe('due');
    expect(slept).toEqual([60_000, 30_000]);
  });

  it.each([-3_600_000, 3_600_000])('ends when the clock was set by %i ms', async (stepMs) => {
    const { sleep, slept } = setUp({ stepMs });
    await sleep();
    expect(await sleep()).toBe('due');
    expect(slept).toHaveLength(1);
  });
});

const MB = 1 << 20;

/** A heap of which `live` bytes stay after a collection. */
function heap(live: number) {
  const state = { used: live, collections: 0 };
  const collectGarbage = garbageCollector({
    collect: () => {
      state.used = live;
      state.collections += 1;
    },
    heapUsed: () => state.used,
  });
  return { state, collectGarbage };
}

describe('a worker that goes to rest', () => {
  it('collects once after its start, and not again while it allocates little', () => {
    const { state, collectGarbage } = heap(14 * MB);
    collectGarbage();
    state.used += 3 * MB;
    collectGarbage();
    expect(state.collections).toBe(1);
  });

  it('collects after each burst that left garbage', () => {
    const { state, collectGarbage } = heap(14 * MB);
    for (let burst = 0; burst < 3; burst += 1) {
      state.used += 8 * MB;
      collectGarbage();
    }
    expect([state.collections, state.used]).toEqual([3, 14 * MB]);
  });

  it('leaves the heap to V8 where Node does not let it collect', () => {
    const collectGarbage = garbageCollector({ collect: undefined, heapUsed: () => 100 * MB });
    expect(collectGarbage).not.toThrow();
  });
});
