import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventId, randomPart, stampSource, type EventStamp } from '../../../lib/events/event-id.ts';

/** How the queue names entries: what sorts there must sort by this. */
const sortKey = ({ time, random }: EventStamp) => `${String(time).padStart(13, '0')}_${random}`;
const times = fc.integer({ min: 0, max: Date.UTC(2200, 0) });
const randoms = fc.stringMatching(/^[0-9a-f]{16}$/);

function draw(clock: () => number, count: number): EventStamp[] {
  const next = stampSource(clock);
  return Array.from({ length: count }, () => next());
}

describe('eventId', () => {
  it('is the UTC time to the second and the random part', () => {
    expect(
      eventId({ time: Date.UTC(2026, 10, 22, 4, 48, 32, 999), random: '3f9c1a7b20de0001' }),
    ).toBe('evt_20261122_044832_3f9c1a7b20de0001');
  });

  it('gives the random part back', () => {
    fc.assert(
      fc.property(times, randoms, (time, random) => {
        expect(randomPart(eventId({ time, random }))).toBe(random);
      }),
    );
  });

  it.each([
    '',
    'evt_1',
    'my-own-id',
    'evt_20261122_044832_3F9C1A7B20DE0001',
    'evt_20261122_044832_3f9c1a7b20de0001x',
    'x_evt_20261122_044832_3f9c1a7b20de0001',
  ])('finds no random part of ours in %j', (id) => {
    expect(randomPart(id)).toBeUndefined();
  });
});

describe('stampSource', () => {
  it('returns 16 hex digits and the time of the clock', () => {
    for (const stamp of draw(() => 1_700_000_000_000, 20))
      expect(stamp).toEqual({
        time: 1_700_000_000_000,
        random: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
  });

  it('sorts in the order of calls, however the clock jumps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 50 }),
        (readings) => {
          let at = 0;
          const stamps = draw(() => readings[at++] ?? 0, readings.length);
          expect(stamps.map(sortKey).toSorted()).toEqual(stamps.map(sortKey));
        },
      ),
    );
  });

  it('never returns an earlier time than before', () => {
    const readings = [5_000, 1_000, 6_000];
    const stamps = draw(() => readings.shift() ?? 0, 3);
    expect(stamps.map(({ time }) => time)).toEqual([5_000, 5_000, 6_000]);
  });

  it('keeps order and gives no id twice while the clock does not move for longer than its counter', () => {
    const stamps = draw(() => 1_700_000_000_000, 150_000);
    expect(new Set(stamps.map(eventId)).size).toBe(stamps.length);
    const keys = stamps.map(sortKey);
    expect(keys.every((key, index) => index === 0 || key > (keys[index - 1] ?? ''))).toBe(true);
  });

  it('gives no id twice in one second, whatever the milliseconds', () => {
    let now = 1_700_000_000_000;
    const ids = draw(() => now++, 1_000).map(eventId);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('gives two sources at the same moment different ids', () => {
    const clock = () => 1_700_000_000_000;
    const ids = Array.from({ length: 200 }, () => draw(clock, 20).map(eventId)).flat();
    expect(new Set(ids).size).toBe(4_000);
  });
});
