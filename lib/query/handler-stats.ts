import { sql } from 'kysely';
import { parseJson } from '../core/json.ts';
import { quantile } from '../core/quantile.ts';
import type { Database, Row } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';

/**
 * How one handler or webhook fares, as `handlers stats --json` shows it. Field names are a
 * contract.
 */
export interface HandlerStats {
  readonly handler: string;
  /** Whether it is one of waymark's own. */
  readonly builtIn: boolean;
  /** Attempts that the store still knows of, and those of them that failed. */
  readonly runs: number;
  readonly failures: number;
  /** Attempts that found a fact not known yet, and came again: neither done nor failed. */
  readonly waits: number;
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
const MAX_DURATIONS = 10_000;

/**
 * Every subscription that the store has deliveries of, by name. Three statements, however many
 * there are.
 */
export async function readHandlerStats(database: Database): Promise<readonly HandlerStats[]> {
  const counts = await runQuery(database, countsByHandler());
  const handlers = counts.map(nameOf);
  const durations = new Map(
    (await runQuery(database, latestDurations(handlers))).map((row) => [
      nameOf(row),
      durationsIn(row),
    ]),
  );
  const errors = new Map(
    (await runQuery(database, lastErrors(handlers))).map((row) => [
      nameOf(row),
      readTextColumn(row, 'last_error'),
    ]),
  );
  return counts.map((row) => {
    const handler = nameOf(row);
    const count = (column: string): number => readNumberColumn(row, column) ?? 0;
    const times = durations.get(handler) ?? [];
    return {
      handler,
      builtIn: handler.startsWith('builtin/'),
      runs: count('runs'),
      failures: count('runs') - count('done') - count('running') - count('waits'),
      waits: count('waits'),
      done: count('done'),
      due: count('due'),
      running: count('running'),
      dead: count('dead'),
      p50Ms: quantile(times, 0.5) ?? null,
      p95Ms: quantile(times, 0.95) ?? null,
      lastAt: readIsoColumn(row, 'last_at'),
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
        eb.fn.sum<number>('waits').as('waits'),
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

/**
 * How long the latest deliveries of these handlers took, as one JSON array each: a row for each
 * delivery would cost more than all the rest.
 */
function latestDurations(handlers: readonly string[]) {
  const builder = queryBuilder();
  const latest = builder
    .selectFrom('deliveries as d')
    .select(sql<number>`d.ended_at - d.started_at`.as('ms'))
    .where('d.subscription', '=', sql.ref<string>('wanted.value'))
    .where('d.state', '=', 'done')
    .where('d.started_at', 'is not', null)
    .orderBy('d.due_at', 'desc')
    .limit(MAX_DURATIONS);
  return builder
    .selectFrom(bindList(handlers).as('wanted'))
    .select('wanted.value as subscription')
    .select(
      builder
        .selectFrom(latest.as('latest'))
        .select(sql<string>`json_group_array(latest.ms)`.as('durations'))
        .as('durations'),
    );
}

function lastErrors(handlers: readonly string[]) {
  return queryBuilder()
    .selectFrom(bindList(handlers).as('wanted'))
    .select('wanted.value as subscription')
    .select((eb) =>
      eb
        .selectFrom('deliveries as d')
        .select('d.last_error')
        .whereRef('d.subscription', '=', 'wanted.value')
        .where('d.last_error', 'is not', null)
        .orderBy('d.claimed_at', 'desc')
        .limit(1)
        .as('last_error'),
    );
}

/** Shortest first. */
function durationsIn(row: Row): readonly number[] {
  const found = parseJson(readTextColumn(row, 'durations') ?? '');
  if (!Array.isArray(found)) return [];
  return found.filter((ms) => typeof ms === 'number').sort((a, b) => a - b);
}

function nameOf(row: Row): string {
  return readTextColumn(row, 'subscription') ?? '';
}
