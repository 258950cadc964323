import { parseModelWindows } from '../../claude/model-windows.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { SESSION_HEALTH } from '../../features/health/table.ts';
import { readActiveSessionHealth, scoreWorkers } from '../../query/health/health.ts';
import type { Health } from '../../query/health/score.ts';
import { readQueueState } from '../../query/workers.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { LiveConfig } from '../live-config.ts';
import { METRICS } from '../table.ts';
import type { WorkerStats } from '../worker-stats.ts';

export interface MetricsSamplerParts {
  readonly folder: StateFolder;
  readonly config: Pick<LiveConfig, 'values'>;
  readonly clock: () => number;
  /** `undefined` while the store is out. */
  readonly database: () => Database | undefined;
  readonly me: () => string;
  /** The leading worker also samples sessions. */
  readonly isLeader: () => boolean;
  readonly version: string;
  readonly stats: () => WorkerStats;
}

/**
 * Returns a task that stores figures and health scores of this worker, and the scores of active
 * sessions. It stores nothing when no entry came since the last sample.
 */
export function createMetricsSampler(parts: MetricsSamplerParts): () => Promise<void> {
  let sampledAt = parts.clock();
  return async () => {
    const now = parts.clock();
    const database = parts.database();
    const { lastEventAt } = parts.stats();
    if (database === undefined || lastEventAt === undefined || lastEventAt < sampledAt) return;
    const writes = [...workerWrites(parts, now), ...(await sessionWrites(parts, database, now))];
    inTransaction(database, () => applyWrites(database, writes));
    sampledAt = now;
  };
}

function workerWrites(parts: MetricsSamplerParts, now: number): readonly Write[] {
  const { folder, me, stats, version } = parts;
  const worker = me();
  const { processed, failed, dead, throughput, latency, memoryMb } = stats().figures(now);
  const health = scoreWorkers(readQueueState(folder, now), now, version).find(
    ({ id }) => id === worker,
  );
  const values: Readonly<Record<string, number | undefined>> = {
    processed,
    failed,
    dead,
    throughput,
    latency_p50_ms: latency?.p50,
    latency_p95_ms: latency?.p95,
    memory_mb: memoryMb,
    cpu_ms: readCpuMs(),
    ...(health === undefined ? {} : healthValues(health)),
  };
  return Object.entries(values).flatMap(([name, value]): readonly Write[] =>
    value === undefined ? [] : [{ into: METRICS, row: { at: now, worker, name, value } }],
  );
}

/** Processor time of this process since its start, in milliseconds. */
function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}

/** The score, and the points that each reason takes off. */
function healthValues({ score, reasons }: Health): Readonly<Record<string, number>> {
  return {
    health: score,
    ...Object.fromEntries(reasons.map(({ code, points }) => [`health/${code}`, points])),
  };
}

async function sessionWrites(
  { isLeader, config }: MetricsSamplerParts,
  database: Database,
  now: number,
): Promise<readonly Write[]> {
  if (!isLeader()) return [];
  const windows = parseModelWindows(config.values.modelWindows);
  const sessions = await readActiveSessionHealth(database, now, windows);
  return sessions.map(({ id, score, reasons }) => ({
    into: SESSION_HEALTH,
    row: {
      session_id: id,
      at: now,
      score,
      reasons: JSON.stringify(
        Object.fromEntries(reasons.map(({ code, points }) => [code, points])),
      ),
    },
  }));
}
