import { describe, expect, it } from 'vitest';
import { filterIn, fitsFilter } from '../../../../lib/dashboard/page/event-filter.ts';
import { testStore } from '../../../support/test-store.ts';

const EVENT = {
  ...{ seq: 1, id: 'e', type: 'task.failed', at: null, source: 'hook/PostToolUse' },
  ...{ session: 's1', correlation: 'c1' },
};

describe('filterIn', () => {
  it('takes what the address sets, and nothing else', () => {
    const query = new URLSearchParams('type=task.*&source=&event=evt_1&correlation=c1');
    expect(filterIn(query)).toEqual({ type: 'task.*', correlation: 'c1' });
  });
});

describe('fitsFilter', () => {
  it('needs every part to fit', () => {
    expect(fitsFilter(EVENT, {})).toBe(true);
    expect(fitsFilter(EVENT, { type: 'task.*', source: 'hook/*', session: 's1' })).toBe(true);
    expect(fitsFilter(EVENT, { type: 'task.*', session: 's2' })).toBe(false);
    expect(fitsFilter(EVENT, { correlation: 'c' })).toBe(false);
  });

  it('reads patterns as the server does', () => {
    const database = testStore();
    const isLikeThere = (type: string, pattern: string): boolean =>
      database.prepare('SELECT ? GLOB ? AS fits').get(type, pattern)?.['fits'] === 1;
    const types = ['task.failed', 'task', 'session.ended', '', 'a.b'];
    const patterns = ['*', 'task.*', '*failed', '?ask*', 'task', '**', 't*k*d', '*.b', '???', ''];
    for (const type of types)
      for (const pattern of patterns)
        expect(fitsFilter({ ...EVENT, type }, { type: pattern }), `${type} ${pattern}`).toBe(
          isLikeThere(type, pattern),
        );
  });

  it('decides about a pattern of many stars at once', () => {
    const event = { ...EVENT, type: 'a'.repeat(5_000) };
    expect(fitsFilter(event, { type: `${'*a'.repeat(200)}*b` })).toBe(false);
  });
});
