import { isoTime } from '../core/clock.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** Figures of all workers at one moment. Workers note them once a minute while they have work. */
export interface WorkerSample {
  readonly at: string;
  /** Events per second over the minute before. */
  readonly throughput: number;
  /** Milliseconds from hook to store, of the slowest worker; `null` before the first event. */
  readonly latencyP50: number | null;
  readonly latencyP95: number | null;
}

const MINUTE_MS = 60_000;

/** The figures that workers noted since a moment, oldest first, those of one minute as one. */
export async function readWorkerHistory(
  database: Database,
  since: number,
): Promise<readonly WorkerSample[]> {
  const query = queryBuilder()
    .selectFrom('metrics')
    .select(['at', 'worker', 'name', 'value'])
    .where('at', '>=', since)
    .where('name', 'in', ['throughput', 'latency_p50_ms', 'latency_p95_ms'])
    .orderBy('at');
  const minutes = new Map<number, Minute>();
  for (const row of await runQuery(database, query)) {
    const minute = Math.floor((readNumberColumn(row, 'at') ?? 0) / MINUTE_MS) * MINUTE_MS;
    const known = minutes.get(minute) ?? { throughput: 0, latencyP50: null, latencyP95: null };
    minutes.set(
      minute,
      withFigure(known, readTextColumn(row, 'name'), readNumberColumn(row, 'value') ?? 0),
    );
  }
  return [...minutes].map(([at, figures]) => ({ at: isoTime(at), ...figures }));
}

type Minute = Omit<WorkerSample, 'at'>;

function withFigure(minute: Minute, name: string | null, value: number): Minute {
  if (name === 'throughput') return { ...minute, throughput: minute.throughput + value };
  if (name === 'latency_p50_ms')
    return { ...minute, latencyP50: Math.max(minute.latencyP50 ?? 0, value) };
  return { ...minute, latencyP95: Math.max(minute.latencyP95 ?? 0, value) };
}
