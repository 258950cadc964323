import type { Hono } from 'hono';
import { requestCleanUp } from '../../../actions/clean.ts';
import { resolveConfig } from '../../../config/resolve.ts';
import { HOUR_MS } from '../../../core/clock.ts';
import { productVersion } from '../../../core/package-folder.ts';
import { type DiskKind, readDiskKinds } from '../../../query/clean.ts';
import { readConfiguredWindows } from '../../../query/context-figures.ts';
import { type RecentCleanUps, readRecentCleanUps } from '../../../query/disk-use.ts';
import { freeBytes } from '../../../query/free-space.ts';
import { type HandlerStats, readHandlerStats } from '../../../query/handler-stats.ts';
import { type HandlerRow, listHandlers } from '../../../query/handlers.ts';
import {
  readActiveSessionHealth,
  type HealthReport,
  readWorkerHealthHistory,
  scoreWorkers,
} from '../../../query/health/health.ts';
import { listSchedules, type ScheduleSummary } from '../../../query/schedules.ts';
import { queryStore, readFromStore, viewStore } from '../../../query/store-view.ts';
import { listWebhooks, type WebhookRows } from '../../../query/webhooks.ts';
import { readQueueState, type SeenWorker } from '../../../query/workers.ts';
import { sendJson } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** Workers with their tasks and health. */
export interface SystemAnswer {
  readonly workers: readonly SeenWorker[];
  readonly health: HealthReport;
}

/** What the state folder takes. */
export interface DiskAnswer {
  /** The largest first. */
  readonly kinds: readonly DiskKind[];
  readonly total: number;
  /** Most bytes of the whole. */
  readonly budget: number;
  readonly free: number;
  /** What clean-ups of the last week deleted; `null` when that is nothing. */
  readonly cleaned: RecentCleanUps | null;
}

/** What runs when events come, and when. */
export interface ExtensionsAnswer {
  readonly handlers: readonly HandlerRow[];
  /** Why no handler of the user's may run; `null` when they may. */
  readonly handlersProblem: string | null;
  readonly stats: readonly HandlerStats[];
  readonly webhooks: WebhookRows;
  readonly schedules: readonly ScheduleSummary[];
}

/** What a clean-up did. */
export interface CleanAnswer {
  /** Rows and files that were deleted; `null`: the worker has not answered yet. */
  readonly count: number | null;
  /** Whether a worker runs, or was started. */
  readonly hasWorker: boolean;
}

/** The page System: three questions, since they cost differently, and the clean-up. */
export function addSystemRoutes(app: Hono, place: DashboardPlace): void {
  app.get('/api/system', async (context) => sendJson(context, await readSystem(place)));
  app.get('/api/system/disk', async (context) => sendJson(context, await readDisk(place)));
  app.get('/api/system/extensions', async (context) =>
    sendJson(context, await readExtensions(place)),
  );
  app.post('/api/system/clean', async (context) => {
    const { kinds, hasWorker } = await requestCleanUp(place);
    const count = kinds?.reduce((sum, one) => sum + one.count, 0) ?? null;
    return sendJson(context, { count, hasWorker } satisfies CleanAnswer);
  });
}

async function readSystem(place: DashboardPlace): Promise<SystemAnswer> {
  const now = place.clock();
  const state = readQueueState(place.folder, now);
  const view = await viewStore(place.folder);
  type FromStore = Omit<HealthReport, 'workers'>;
  try {
    const fromSamples = await readFromStore<FromStore>(view, NO_SAMPLES, async (database) => ({
      sessions: await readActiveSessionHealth(database, now, readConfiguredWindows(place)),
      lastHour: await readWorkerHealthHistory(database, now - HOUR_MS),
    }));
    const workers = scoreWorkers(state, now, productVersion());
    return { workers: state.workers, health: { workers, ...fromSamples } };
  } finally {
    view.database?.close();
  }
}

const NO_SAMPLES = { sessions: [], lastHour: [] };

async function readDisk({ folder, environment, clock }: DashboardPlace): Promise<DiskAnswer> {
  const config = resolveConfig({ environment, userFile: folder.configFile }).values;
  const kinds = readDiskKinds(folder, config);
  const view = await viewStore(folder);
  try {
    const cleaned = await readFromStore(view, undefined, (database) =>
      readRecentCleanUps(database, clock()),
    );
    return {
      kinds,
      total: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
      budget: config.diskBudget,
      free: freeBytes(folder),
      cleaned: cleaned ?? null,
    };
  } finally {
    view.database?.close();
  }
}

async function readExtensions(place: DashboardPlace): Promise<ExtensionsAnswer> {
  const { folder, environment, clock } = place;
  const { schedules } = resolveConfig({ environment, userFile: folder.configFile }).values;
  const { rows, problem } = await listHandlers(place);
  return {
    handlers: rows,
    handlersProblem: problem ?? null,
    stats: await queryStore<readonly HandlerStats[]>(folder, [], readHandlerStats).catch(() => []),
    webhooks: await webhooksIn(place),
    schedules: await listSchedules(folder, schedules, clock(), () => undefined),
  };
}

/** A list that cannot be read must not hide the rest of the page. */
async function webhooksIn({ folder }: DashboardPlace): Promise<WebhookRows> {
  try {
    return await listWebhooks(folder);
  } catch (error) {
    return { rows: [], problems: [error instanceof Error ? error.message : String(error)] };
  }
}
