import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../lib/config/resolve.ts';
import {
  isQuiet,
  quietSleepMs,
  readTimeoutMs,
  untilRestMs,
  type SleepReasons,
  sleepMs,
} from '../../../lib/worker/sleep-time.ts';

const { values: config } = resolveConfig({ environment: {} });
const NONE: SleepReasons = {
  store: undefined,
  transcripts: undefined,
  idleExit: undefined,
  due: undefined,
  foreignFile: undefined,
  heartbeat: undefined,
  poll: undefined,
  rest: undefined,
};

describe('readTimeoutMs', () => {
  it.each([
    [0, 5_000],
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
    [4, 60_000],
    [1_000, 60_000],
  ])('stretches after %i quiet turns to %i ms', (quietSleeps, expected) => {
    expect(readTimeoutMs(config, 'event-loop', quietSleeps)).toBe(expected);
    expect(readTimeoutMs(config, 'watching', quietSleeps)).toBe(expected);
  });

  it('is the poll interval if nothing else would wake the worker', () => {
    expect(readTimeoutMs(config, 'polling', 9)).toBe(500);
  });
});

describe('sleepMs', () => {
  it('is the read timeout when there is no reason to wake earlier', () => {
    expect(sleepMs(5_000, NONE)).toBe(5_000);
  });

  it.each(Object.keys(NONE))('ends early for %s', (reason) => {
    expect(sleepMs(5_000, { ...NONE, [reason]: 700 })).toBe(700);
  });

  it('never asks for less than a millisecond', () => {
    expect(sleepMs(5_000, { ...NONE, due: -60_000 })).toBe(1);
  });

  it('does not wake for entries that cannot be claimed while the store is out', () => {
    expect(sleepMs(5_000, { ...NONE, store: 900, due: -60_000, foreignFile: 500 })).toBe(900);
  });
});

describe('untilRestMs', () => {
  it('counts from the last work, whatever loops came in between', () => {
    expect(untilRestMs(config, 1_000, 1_000)).toBe(5_000);
    expect(untilRestMs(config, 1_000, 4_500)).toBe(1_500);
    expect(untilRestMs(config, 1_000, 6_000)).toBeUndefined();
  });

  it('is one read timeout at most after the clock stepped back', () => {
    expect(untilRestMs(config, 3_600_000, 1_000)).toBe(5_000);
  });
});

describe('isQuiet', () => {
  it('needs one read timeout without work, and no whole sleep after that', () => {
    const at = (now: number): boolean => isQuiet(0, untilRestMs(config, 1_000, now));
    expect([at(1_000), at(5_999), at(6_000), at(60_000)]).toEqual([false, false, true, true]);
  });

  it('is enough after one sleep without a ring', () => {
    expect(isQuiet(1, 4_000)).toBe(true);
  });
});

describe('quietSleepMs', () => {
  it('is the time until the worker may rest, else one read timeout', () => {
    expect(quietSleepMs(5_000, { rest: 1_500 })).toBe(1_500);
    expect(quietSleepMs(5_000, NONE)).toBe(5_000);
    expect(quietSleepMs(500, { rest: 1_500 })).toBe(500);
  });
});
