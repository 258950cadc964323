import { describe, expect, it } from 'vitest';
import { FULL_TURN_MS, sleepStill } from '../../../lib/worker/sleep-still.ts';
import { fakeClock } from '../../support/fake-clock.ts';

interface Own {
  readonly dueMs?: number;
  readonly isBusy?: boolean;
  /** The sleep, counted from 1, that a ring ends. */
  readonly rungAt?: number;
  /** The look, counted from 1, that finds a change. */
  readonly changedAt?: number;
  /** How much further the clock moves in the first sleep. */
  readonly stepMs?: number;
}

function setUp(own: Own = {}) {
  const { dueMs = Number.POSITIVE_INFINITY, isBusy = false, stepMs = 0 } = own;
  const { clock, advance } = fakeClock();
  const slept: number[] = [];
  let looks = 0;
  let isWatching = false;
  const sleep = (): ReturnType<typeof sleepStill> =>
    sleepStill({
      waiter: {
        wait: (ms) => {
          slept.push(ms);
          advance(ms + (slept.length === 1 ? stepMs : 0));
          return Promise.resolve(slept.length === own.rungAt);
        },
      },
      stillness: {
        begin: () => {
          isWatching = true;
          return !isBusy;
        },
        holds: () => {
          looks += 1;
          return looks !== own.changedAt;
        },
        end: () => {
          isWatching = false;
        },
      },
      clock,
      lookMs: 60_000,
      dueMs,
    });
  return { sleep, slept, isWatching: () => isWatching };
}

describe('sleepStill', () => {
  it('sleeps on while nothing changes, until the full turn', async () => {
    const { sleep, slept, isWatching } = setUp();
    expect(await sleep()).toBe('due');
    expect(slept).toEqual(Array.from({ length: 10 }, () => 60_000));
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(FULL_TURN_MS);
    expect(isWatching()).toBe(false);
  });

  it('does not sleep while there is work', async () => {
    const { sleep, slept, isWatching } = setUp({ isBusy: true });
    expect(await sleep()).toBe('busy');
    expect(slept).toEqual([]);
    expect(isWatching()).toBe(false);
  });

  it('ends with a ring', async () => {
    const { sleep, slept } = setUp({ rungAt: 2 });
    expect(await sleep()).toBe('rung');
    expect(slept).toHaveLength(2);
  });

  it('ends with the look that finds a change', async () => {
    const { sleep, slept } = setUp({ changedAt: 3 });
    expect(await sleep()).toBe('changed');
    expect(slept).toHaveLength(3);
  });

  it('ends when something is due', async () => {
    const { sleep, slept } = setUp({ dueMs: 90_000 });
    expect(await sleep()).toBe('due');
    expect(slept).toEqual([60_000, 30_000]);
  });

  it.each([-3_600_000, 3_600_000])('ends when the clock was set by %i ms', async (stepMs) => {
    const { sleep, slept } = setUp({ stepMs });
    expect(await sleep()).toBe('due');
    expect(slept).toHaveLength(1);
  });
});
