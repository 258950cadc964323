import { describe, expect, it } from 'vitest';
import { readRecentCleanUps } from '../../../lib/query/disk-use.ts';
import { noteCleaned } from '../../../lib/worker/table.ts';
import { testStore } from '../../support/test-store.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T10:00:00.000Z');

describe('cleanedLately', () => {
  it('adds up what clean-ups of the last week deleted, most first', async () => {
    const database = testStore();
    noteCleaned(database, [{ kind: 'events', count: 7 }], NOW - 8 * DAY);
    noteCleaned(database, [{ kind: 'events', count: 3 }], NOW - 2 * DAY);
    noteCleaned(
      database,
      [
        { kind: 'events', count: 1 },
        { kind: 'throttle', count: 9 },
      ],
      NOW - DAY,
    );
    expect(await readRecentCleanUps(database, NOW)).toEqual({
      count: 13,
      kinds: [
        { kind: 'throttle', count: 9 },
        { kind: 'events', count: 4 },
      ],
      lastAt: '2026-11-21T10:00:00.000Z',
    });
  });

  it('is nothing when nothing went', async () => {
    const database = testStore();
    noteCleaned(database, [], NOW);
    expect(await readRecentCleanUps(database, NOW)).toBeUndefined();
  });
});
