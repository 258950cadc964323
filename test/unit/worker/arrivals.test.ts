import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../../lib/worker/arrivals.ts';

/** Entries one by one, `everyMs` apart, up to time 10,000. */
function oneByOne(everyMs: number): Arrivals {
  const arrivals = new Arrivals();
  for (let at = 9_000; at <= 10_000; at += everyMs) arrivals.add(1, at);
  return arrivals;
}

describe('Arrivals', () => {
  it('is steady at a hundred a second', () => {
    expect(oneByOne(10).isSteady(10_000)).toBe(true);
  });

  it('is not steady at forty a second', () => {
    expect(oneByOne(25).isSteady(10_000)).toBe(false);
  });

  it('stays steady when the entries come in batches', () => {
    const arrivals = new Arrivals();
    for (let at = 9_000; at <= 10_000; at += 200) arrivals.add(20, at);
    expect(arrivals.isSteady(10_000)).toBe(true);
  });

  it('takes one heap for no stream', () => {
    const arrivals = new Arrivals();
    arrivals.add(256, 10_000);
    expect(arrivals.isSteady(10_100)).toBe(false);
  });

  it('forgets a stream that ended half a second ago', () => {
    expect(oneByOne(10).isSteady(10_501)).toBe(false);
  });

  it('starts anew when the clock steps back', () => {
    expect(oneByOne(10).isSteady(5_000)).toBe(false);
  });
});
