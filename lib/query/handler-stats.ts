import type { Database } from '../store/database.ts';
import { isoOf, numberOf, textOf } from './row.ts';

/** How one handler or webhook fares, as `handlers stats --json` shows it. Field names are a contract. */
export interface HandlerStats {
  readonly handler: string;
  /** Whether it is one of waymark's own. */
  readonly builtIn: boolean;
  /** Attempts that the store still knows of, and those of them that failed. */
  readonly runs: number;
  readonly failures: number;
  readonly done: number;
  readonly due: number;
  readonly running: number;
  readonly dead: number;
  /** Of deliveries that were done, in milliseconds; `null` where there is none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly lastAt: string | null;
  readonly lastError: string | null;
}

const COUNTS = `SELECT subscription, sum(attempts) AS runs, sum(state = 'done') AS done, sum(state = 'due') AS due, sum(state = 'running') AS running,
    sum(state = 'dead') AS dead, max(started_at) AS last_at
  FROM deliveries GROUP BY subscription ORDER BY subscription`;
const DURATIONS = `SELECT ended_at - started_at AS ms FROM deliveries
  WHERE subscription = ? AND state = 'done' AND started_at IS NOT NULL ORDER BY due_at DESC LIMIT 10000`;
const LAST_ERROR =
  'SELECT last_error FROM deliveries WHERE subscription = ? AND last_error IS NOT NULL ORDER BY claimed_at DESC LIMIT 1';

/** Every subscription that the store has deliveries of, by name. */
export function readHandlerStats(database: Database): readonly HandlerStats[] {
  const durations = database.prepare(DURATIONS);
  const lastError = database.prepare(LAST_ERROR);
  return database
    .prepare(COUNTS)
    .all()
    .map((row) => {
      const handler = textOf(row, 'subscription') ?? '';
      const count = (column: string): number => numberOf(row, column) ?? 0;
      const times = durations.all(handler).map((one) => numberOf(one, 'ms') ?? 0);
      const error = lastError.get(handler);
      return {
        handler,
        builtIn: handler.startsWith('builtin/'),
        runs: count('runs'),
        failures: count('runs') - count('done') - count('running'),
        done: count('done'),
        due: count('due'),
        running: count('running'),
        dead: count('dead'),
        p50Ms: quantile(times, 0.5),
        p95Ms: quantile(times, 0.95),
        lastAt: isoOf(row, 'last_at'),
        lastError: error === undefined ? null : textOf(error, 'last_error'),
      };
    });
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}
