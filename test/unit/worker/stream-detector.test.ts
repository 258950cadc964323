import { describe, expect, it } from 'vitest';
import { StreamDetector } from '../../../lib/worker/stream-detector.ts';

const NOW = 10_000;
const STREAM = { windowMs: 2_500, min: 160, max: 640, minInHalf: 40 };

/** Batches of `count` entries, `everyMs` apart, from `from` up to `to`. */
function stream(everyMs: number, { count = 1, from = NOW - 5_000, to = NOW } = {}): StreamDetector {
  const arrivals = new StreamDetector(STREAM);
  for (let at = from; at <= to; at += everyMs) arrivals.add(count, at);
  return arrivals;
}

describe('StreamDetector', () => {
  it('is steady at a hundred a second', () => {
    expect(stream(10).isSteady(NOW)).toBe(true);
  });

  it('is not steady when too few come, or too many', () => {
    expect(stream(25).isSteady(NOW), 'forty a second').toBe(false);
    expect(stream(2).isSteady(NOW), 'five hundred a second').toBe(false);
  });

  it('stays steady when the entries come in batches, one a second', () => {
    expect(stream(1_000, { count: 100 }).isSteady(NOW + 20)).toBe(true);
    expect(stream(1_000, { count: 100 }).isSteady(NOW + 1_020)).toBe(true);
  });

  it('is not steady before it has lasted for more than half of the window', () => {
    expect(stream(5, { from: NOW - 1_200 }).isSteady(NOW)).toBe(false);
    expect(stream(5, { from: NOW - 1_600 }).isSteady(NOW)).toBe(true);
  });

  it('does not count one burst as a stream, even if single entries follow it', () => {
    const arrivals = new StreamDetector(STREAM);
    arrivals.add(256, NOW);
    expect(arrivals.isSteady(NOW + 100)).toBe(false);
    for (let at = NOW + 100; at <= NOW + 2_000; at += 100) arrivals.add(1, at);
    expect(arrivals.isSteady(NOW + 2_000)).toBe(false);
  });

  it('forgets a stream that ended more than half of the window ago', () => {
    expect(stream(10).isSteady(NOW + 1_251)).toBe(false);
  });

  it('starts again when the clock steps back', () => {
    expect(stream(10).isSteady(NOW - 5_000)).toBe(false);
  });
});
