import type { Hono } from 'hono';
import type { DashboardPlace } from './place.ts';
import { addAgentRoutes } from './routes/agents.ts';
import { addCostRoutes } from './routes/cost.ts';
import { addFailureRoutes } from './routes/failures.ts';
import { addLiveRoutes } from './routes/live.ts';
import { addDeadLetterRoutes } from './routes/dead-letters.ts';
import { addEventRoutes } from './routes/events.ts';
import { addMetricsRoutes } from './routes/metrics.ts';
import { addSecurityRoutes } from './routes/security.ts';
import { addSystemRoutes } from './routes/system.ts';
import { addNowRoutes } from './routes/now.ts';
import { addReportRoutes } from './routes/reports.ts';
import { addRestoreRoutes } from './routes/restore.ts';
import { addSessionRoutes } from './routes/sessions.ts';

/** What each page asks and changes: one file a page. */
export const ROUTES: ReadonlyArray<(app: Hono, place: DashboardPlace) => void> = [
  addLiveRoutes,
  addNowRoutes,
  addSessionRoutes,
  addRestoreRoutes,
  addFailureRoutes,
  addAgentRoutes,
  addCostRoutes,
  addDeadLetterRoutes,
  addEventRoutes,
  addMetricsRoutes,
  addSecurityRoutes,
  addReportRoutes,
  addSystemRoutes,
];
