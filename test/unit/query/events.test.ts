import { describe, expect, it } from 'vitest';
import { type EventFilter, listEvents } from '../../../lib/query/events.ts';
import { inStore, OTHER, preparedStore, START } from '../cli/prepared-store.ts';

describe('listEvents', () => {
  it('shows events as they were sent, newest last, with null for what they lack', () => {
    const events = list({ limit: 2 });
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
  ])('filters by %s', (_name, filter, count) => {
    expect(list({ limit: 50, ...filter })).toHaveLength(count);
  });
});

function list(filter: EventFilter): ReturnType<typeof listEvents> {
  return inStore(preparedStore(), (database) => listEvents(database, filter));
}
