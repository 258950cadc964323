import type { ModelWindows } from '../../claude/model-windows.ts';
import { isoTime } from '../../core/clock.ts';
import { readActiveSessions } from '../../features/context/active-sessions.ts';
import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readNumberColumn } from '../row.ts';
import type { QueueState } from '../workers.ts';
import type { Health } from './score.ts';
import { readSessionHealth } from './session-health.ts';
import { scoreWorker } from './worker-health.ts';

/** Health of a worker now. Field names are a contract. */
export interface WorkerHealth extends Health {
  readonly id: string;
  readonly leader: boolean;
}

/** Health of an active session now. Field names are a contract. */
export interface SessionHealth extends Health {
  readonly id: string;
  readonly project: string | null;
}

/** A sample of a health score. Field names are a contract. */
export interface HealthSample {
  readonly at: string;
  readonly score: number;
}

/** `health` of `status --json`. Field names are a contract. */
export interface HealthReport {
  /** Of every worker that is alive or left a heartbeat, leader first. */
  readonly workers: readonly WorkerHealth[];
  /** Of active sessions, latest first. */
  readonly sessions: readonly SessionHealth[];
  /** The lowest score of the workers in each minute of the last hour that had work. */
  readonly lastHour: readonly HealthSample[];
}

/** Most sessions that are scored. */
const MOST = 50;

const MINUTE_MS = 60_000;

/** Health of each worker, in the order of the list. */
export function scoreWorkers(
  { workers, depth }: QueueState,
  now: number,
  version: string,
): readonly WorkerHealth[] {
  return workers.map((worker) => ({
    id: worker.id,
    leader: worker.leader,
    ...scoreWorker({ worker, queue: depth, now, version }),
  }));
}

/** Health of active sessions, latest first. */
export async function readActiveSessionHealth(
  database: Database,
  now: number,
  windows: ModelWindows,
): Promise<readonly SessionHealth[]> {
  const active = readActiveSessions(database, now).slice(0, MOST);
  const ids = active.map(({ id }) => id);
  const health = await readSessionHealth(database, ids, now, windows);
  return active.flatMap(({ id, project }) => {
    const own = health.get(id);
    return own === undefined ? [] : [{ id, project: project ?? null, ...own }];
  });
}

/** The lowest score of all workers, for each minute since then that has a sample. */
export async function readWorkerHealthHistory(
  database: Database,
  since: number,
): Promise<readonly HealthSample[]> {
  const query = queryBuilder()
    .selectFrom('metrics')
    .select((eb) => ['at', eb.fn.min<number>('value').as('score')])
    .where('at', '>=', since)
    .where('name', '=', 'health')
    .groupBy('at')
    .orderBy('at');
  return takeLowestByMinute(await runQuery(database, query));
}

/** Every sample of one session since then. */
export async function readSessionHealthHistory(
  database: Database,
  session: string,
  since: number,
): Promise<readonly HealthSample[]> {
  const query = queryBuilder()
    .selectFrom('session_health')
    .select(['at', 'score'])
    .where('session_id', '=', session)
    .where('at', '>=', since)
    .orderBy('at');
  return takeLowestByMinute(await runQuery(database, query));
}

function takeLowestByMinute(rows: readonly Row[]): readonly HealthSample[] {
  const lowest = new Map<number, number>();
  for (const row of rows) {
    const minute = Math.floor((readNumberColumn(row, 'at') ?? 0) / MINUTE_MS) * MINUTE_MS;
    lowest.set(minute, Math.min(lowest.get(minute) ?? 100, readNumberColumn(row, 'score') ?? 100));
  }
  return [...lowest].map(([minute, score]) => ({ at: isoTime(minute), score }));
}
