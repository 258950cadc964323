import { describe, expect, it } from 'vitest';
import type {
  EventAnswer,
  EventsAnswer,
} from '../../../../../lib/dashboard/server/routes/events.ts';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';

describe('GET /api/events', () => {
  it('has the latest first, and goes on where the last answer ended', async () => {
    const { ask } = testDashboard();
    const first = await ask<EventsAnswer>('/api/events?limit=3');
    expect(first.events.map(({ type }) => type)).toEqual([
      'session.started',
      'session.ended',
      'checkpoint.created',
    ]);
    const next = await ask<EventsAnswer>(`/api/events?limit=9&before=${first.before}`);
    expect(next.events.map(({ type }) => type)).toEqual([
      'task.failed',
      'checkpoint.created',
      'session.prompt_submitted',
      'session.started',
    ]);
    expect(next.before).toBeNull();
  });

  it('filters by type, source and session', async () => {
    const { ask } = testDashboard();
    const types = async (query: string): Promise<readonly string[]> =>
      (await ask<EventsAnswer>(`/api/events?${query}`)).events.map(({ type }) => type);
    expect(await types('type=task.*')).toEqual(['task.failed']);
    expect(await types('source=nobody')).toEqual([]);
    expect(
      await types('type=session.started&session=aaaa2222-0000-4000-8000-000000000002'),
    ).toEqual(['session.started']);
  });

  it('answers without a store, and refuses a number that is none', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const { ask, get } = testDashboard({ folder });
    expect(await ask('/api/events')).toEqual({ events: [], before: null, searched: 0 });
    expect((await get('/api/events?before=x')).status).toBe(400);
    expect((await get('/api/events?limit=501')).status).toBe(400);
  });
});

describe('GET /api/events/:id', () => {
  it('has one event whole, by its id or the beginning of one', async () => {
    const { ask } = testDashboard();
    const { event } = await ask<EventAnswer>('/api/events/evt_20261122_100000_0000000000000004');
    expect(event).toMatchObject({ event_type: 'task.failed', payload: { call: { tool: 'Bash' } } });
  });

  it('says that there is none', async () => {
    const { get } = testDashboard();
    const response = await get('/api/events/evt_unknown');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('Cannot find event evt_unknown');
  });
});
