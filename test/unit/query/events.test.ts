import { describe, expect, it } from 'vitest';
import { type EventFilter, listEvents, readEvents } from '../../../lib/query/events.ts';
import { askInStore, OTHER, preparedStore, START } from '../cli/prepared-store.ts';

describe('listEvents', () => {
  it('shows events as they were sent, newest last, with null for what they lack', async () => {
    const events = await list({ limit: 2 });
    expect(events.map((event) => event['event_type'])).toEqual([
      'session.ended',
      'session.started',
    ]);
    expect(Object.keys(events[0] ?? {}).sort()).toEqual([
      'correlation_id',
      'event_id',
      'event_type',
      'metadata',
      'payload',
      'source',
      'timestamp',
    ]);
    expect(events[0]?.['correlation_id']).toBeNull();
  });

  it.each<[string, Partial<EventFilter>, number]>([
    ['type', { type: 'checkpoint.*' }, 2],
    ['source', { source: 'hook/*' }, 7],
    ['other source', { source: 'cli' }, 0],
    ['session', { session: OTHER }, 1],
    ['since', { since: START + 30_000 }, 3],
    ['until', { until: START + 1_000 }, 2],
    ['priority', { priority: 'high' }, 0],
    ['correlation', { correlation: 'none' }, 0],
    ['two at once', { type: 'session.*', since: START + 30_000 }, 2],
  ])('filters by %s', async (_name, filter, count) => {
    expect(await list({ limit: 50, ...filter })).toHaveLength(count);
  });
});

describe('readEvents', () => {
  it('gives those that are stored, in the order in which they are asked for', async () => {
    const id = (n: number): string => `evt_20261122_100000_${String(n).padStart(16, '0')}`;
    const events = await askInStore(preparedStore(), (database) =>
      readEvents(database, [id(5), 'nobody', id(1)]),
    );
    expect(events.map((event) => event['event_id'])).toEqual([id(5), id(1)]);
  });
});

function list(filter: EventFilter): ReturnType<typeof listEvents> {
  return askInStore(preparedStore(), (database) => listEvents(database, filter));
}
