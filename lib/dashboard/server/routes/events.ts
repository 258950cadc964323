import type { Context, Hono } from 'hono';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { type EventFilter, readEvent } from '../../../query/events.ts';
import { type EventsPart, findEvents } from '../../../query/find-events.ts';
import { queryStore } from '../../../query/store-view.ts';
import { countParameter, sendJson, textParameter } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

export type EventsAnswer = EventsPart;

/** One event, whole. */
export interface EventAnswer {
  readonly event: EventEnvelope;
  /** Archive files that the search for the event could not read. */
  readonly damages: readonly string[];
}

const FILTERS = ['type', 'source', 'session', 'correlation', 'priority'] as const;

const NOTHING: EventsPart = { events: [], before: null, searched: 0 };

/** The latest events, with a filter, and one of them whole. */
export function addEventRoutes(app: Hono, { folder }: DashboardPlace): void {
  app.get('/api/events', async (context) => {
    const before = countParameter(context, 'before', { most: Number.MAX_SAFE_INTEGER, usual: 0 });
    const filter = filterOf(context);
    const part = await queryStore(folder, NOTHING, (database) =>
      findEvents(database, filter, before === 0 ? undefined : before),
    );
    return sendJson(context, part, 300);
  });
  app.get('/api/events/:id', async (context) => {
    const damages: string[] = [];
    const event = await readEvent(folder, context.req.param('id'), ({ path }) => {
      damages.push(path);
    });
    return sendJson(context, { event, damages } satisfies EventAnswer, 70_000);
  });
}

function filterOf(context: Context): EventFilter {
  const given = FILTERS.flatMap((name) => {
    const value = textParameter(context, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const limit = countParameter(context, 'limit', { least: 1, most: 500, usual: 100 });
  return { limit, replays: true, ...Object.fromEntries(given) };
}
