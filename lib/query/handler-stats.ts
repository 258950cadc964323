import { sql } from 'kysely';
import { quantile } from '../core/quantile.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, rowsOf } from './builder.ts';
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

/** Deliveries of one handler from which its durations are computed: the latest. */
const MOST_DURATIONS = 10_000;

/** Every subscription that the store has deliveries of, by name. Three statements, however many there are. */
export async function readHandlerStats(database: Database): Promise<readonly HandlerStats[]> {
  const counts = await rowsOf(database, countsByHandler());
  const durations = durationsOf(await rowsOf(database, latestDurations()));
  const errors = new Map(
    (await rowsOf(database, lastErrors())).map((row) => [nameOf(row), textOf(row, 'last_error')]),
  );
  return counts.map((row) => {
    const handler = nameOf(row);
    const count = (column: string): number => numberOf(row, column) ?? 0;
    const times = durations.get(handler) ?? [];
    return {
      handler,
      builtIn: handler.startsWith('builtin/'),
      runs: count('runs'),
      failures: count('runs') - count('done') - count('running'),
      done: count('done'),
      due: count('due'),
      running: count('running'),
      dead: count('dead'),
      p50Ms: quantile(times, 0.5) ?? null,
      p95Ms: quantile(times, 0.95) ?? null,
      lastAt: isoOf(row, 'last_at'),
      lastError: errors.get(handler) ?? null,
    };
  });
}

function countsByHandler() {
  return queryBuilder()
    .selectFrom('deliveries')
    .select((eb) => {
      const inState = (state: 'done' | 'due' | 'running' | 'dead') =>
        eb.fn.countAll<number>().filterWhere('state', '=', state).as(state);
      return [
        'subscription',
        eb.fn.sum<number>('attempts').as('runs'),
        inState('done'),
        inState('due'),
        inState('running'),
        inState('dead'),
        eb.fn.max('started_at').as('last_at'),
      ];
    })
    .groupBy('subscription')
    .orderBy('subscription');
}

/** How long the latest deliveries of each handler took, shortest first. */
function latestDurations() {
  const latest = queryBuilder()
    .selectFrom('deliveries')
    .select(['subscription', sql<number>`ended_at - started_at`.as('ms')])
    .select((eb) =>
      eb.fn
        .agg<number>('row_number')
        .over((over) => over.partitionBy('subscription').orderBy('due_at', 'desc'))
        .as('place'),
    )
    .where('state', '=', 'done')
    .where('started_at', 'is not', null);
  return queryBuilder()
    .selectFrom(latest.as('latest'))
    .select(['latest.subscription', 'latest.ms'])
    .where('latest.place', '<=', MOST_DURATIONS)
    .orderBy('latest.subscription')
    .orderBy('latest.ms');
}

function lastErrors() {
  const latest = queryBuilder()
    .selectFrom('deliveries')
    .select(['subscription', 'last_error'])
    .select((eb) =>
      eb.fn
        .agg<number>('row_number')
        .over((over) => over.partitionBy('subscription').orderBy('claimed_at', 'desc'))
        .as('place'),
    )
    .where('last_error', 'is not', null);
  return queryBuilder()
    .selectFrom(latest.as('latest'))
    .select(['latest.subscription', 'latest.last_error'])
    .where('latest.place', '=', 1);
}

/** Durations by handler, in the order of the rows. */
function durationsOf(rows: readonly Row[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const row of rows) {
    const times = found.get(nameOf(row)) ?? [];
    if (times.length === 0) found.set(nameOf(row), times);
    times.push(numberOf(row, 'ms') ?? 0);
  }
  return found;
}

function nameOf(row: Row): string {
  return textOf(row, 'subscription') ?? '';
}
