import { inTransaction } from '../../store/transaction.ts';
import type { Database } from '../../store/database.ts';
import type { Tally } from '../tally.ts';

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
  inTransaction(database, () => {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined)
        database
          .prepare(
            'INSERT INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          )
          .run(now, worker, name, value);
    }
  });
  return true;
}
