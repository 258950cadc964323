import type { Hono } from 'hono';
import { productVersion } from '../../../core/package-folder.ts';
import { lastSeq } from '../../../query/new-events.ts';
import { isOfTeam, queryStore } from '../../../query/store-view.ts';
import { countParameter } from '../answer.ts';
import { liveStream } from '../live-stream.ts';
import type { DashboardPlace } from '../place.ts';

/** What the page knows of the program that serves it. */
export interface AboutAnswer {
  readonly version: string;
  /** What a person types here for `waymark`. */
  readonly command: string;
  /** The state folder. */
  readonly home: string;
}

/** The frame of all pages: the live stream, and what serves them. */
export function addLiveRoutes(app: Hono, place: DashboardPlace): void {
  const start = `${process.pid}-${place.clock()}`;
  app.get('/api/live', (context) => {
    // a browser that connects again by itself says by a header where it was
    const header = context.req.header('last-event-id');
    const after = header ?? context.req.query('after');
    const wish = {
      after: after === undefined || !/^\d{1,15}$/.test(after) ? undefined : Number(after),
      wantsEvents: countParameter(context, 'events', { most: 1, usual: 0 }) === 1,
    };
    return new Response(liveStream(place, wish, start), {
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    });
  });
  // for pages that show what they have while the store cannot be read
  app.get('/api/store', async (context) => {
    await queryStore(place.folder, 0, async (store) => (isOfTeam(store) ? 0 : lastSeq(store)));
    return context.json({});
  });
  app.get('/api/about', (context) =>
    context.json({
      version: productVersion(),
      command: place.ownCommand(),
      home: place.folder.root,
    } satisfies AboutAnswer),
  );
}
