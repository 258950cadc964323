import type { Database } from '../../store/database.ts';
import { applyWrites, type TableDefinition, type Write } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { Tally } from '../tally.ts';

/** Figures of workers, one row per figure and sample. */
const METRICS: TableDefinition = {
  table: 'metrics',
  key: ['at', 'worker', 'name'],
  once: ['value'],
};

/** One sample of this worker's figures, taken only in a minute that had work. @returns whether one was taken. */
export function sampleMetrics(
  database: Database,
  worker: string,
  tally: Tally,
  now: number,
  since: number,
): boolean {
  if (tally.lastEventAt === undefined || tally.lastEventAt < since) return false;
  const { processed, failed, dead, throughput, latency } = tally.figures(now);
  const values = {
    processed,
    failed,
    dead,
    throughput,
    latency_p50_ms: latency?.p50,
    latency_p95_ms: latency?.p95,
  };
  const rows = Object.entries(values).flatMap(([name, value]): readonly Write[] =>
    value === undefined ? [] : [{ into: METRICS, row: { at: now, worker, name, value } }],
  );
  inTransaction(database, () => applyWrites(database, rows));
  return true;
}
