import type { Hono } from 'hono';
import { readRouting, type RoutingReport } from '../../../query/routing.ts';
import { queryStore } from '../../../query/store-view.ts';
import { sendJson } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** What the page Agents shows. */
export type AgentsAnswer = RoutingReport;

/** `GET /api/agents`: how kinds of agents do at kinds of tasks, and what is advised. */
export function addAgentRoutes(app: Hono, place: DashboardPlace): void {
  app.get('/api/agents', async (context) => {
    const none: AgentsAnswer = { agents: [], advice: [] };
    const answer = await queryStore(place.folder, none, (database) =>
      readRouting(database, place.clock()),
    );
    return sendJson(context, answer, 400);
  });
}
