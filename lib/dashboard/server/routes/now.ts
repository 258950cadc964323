import type { Hono } from 'hono';
import { HOUR_MS } from '../../../core/clock.ts';
import { type ActiveSession, readActiveSessions } from '../../../query/active-sessions.ts';
import { readConfiguredWindows } from '../../../query/context-figures.ts';
import { readConfiguredPrices } from '../../../query/cost.ts';
import { type StatusSummary, readStatusSummary } from '../../../query/status-summary.ts';
import { queryStore } from '../../../query/store-view.ts';
import { listStatusProblems, type StatusProblem } from '../../../query/status-problems.ts';
import { readWorkerHistory, type WorkerSample } from '../../../query/worker-history.ts';
import { sendJson } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** What the page Now shows. */
export interface NowAnswer {
  readonly summary: Omit<StatusSummary, 'live'>;
  readonly problems: readonly StatusProblem[];
  /** Empty while the store cannot be read: the problems say why. */
  readonly sessions: readonly ActiveSession[];
  /** Of the last hour. */
  readonly history: readonly WorkerSample[];
}

/** `GET /api/now`: sessions, limits, problems and workers at this moment. */
export function addNowRoutes(app: Hono, place: DashboardPlace): void {
  app.get('/api/now', async (context) => sendJson(context, await readNow(place)));
}

async function readNow(place: DashboardPlace): Promise<NowAnswer> {
  const { folder, clock, sleep, runnable } = place;
  const status = await readStatusSummary({ folder, clock, sleep });
  const { live: _, ...summary } = status; // thousands of sessions would be sent each second
  const problems = listStatusProblems(status, (path) => path).map(({ text, remedy }) => ({
    text,
    remedy: runnable(remedy),
  }));
  const isReadable = summary.store.state === 'ok';
  const fromStore = isReadable ? await readFromStore(place) : { sessions: [], history: [] };
  return { summary, problems, ...fromStore };
}

async function readFromStore(
  place: DashboardPlace,
): Promise<Pick<NowAnswer, 'sessions' | 'history'>> {
  const { folder, clock } = place;
  const now = clock();
  const windows = readConfiguredWindows(place);
  const prices = readConfiguredPrices(place);
  return await queryStore(folder, { sessions: [], history: [] }, async (database) => ({
    sessions: await readActiveSessions(database, { folder, now, windows, prices }),
    history: await readWorkerHistory(database, now - HOUR_MS),
  }));
}
