import { sql } from 'kysely';
import { DAY_MS } from '../../core/clock.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { formatDay, selectLocalDay } from '../local-days.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import type { ReportSpan } from './report-span.ts';

/** What workers did on a day, by a sample a minute while they work. Field names are a contract. */
export interface WorkerDay {
  readonly day: string;
  readonly processed: number;
  /** Attempts that failed, and entries that were given up. */
  readonly failed: number;
  readonly dead: number;
  /** From the hook to the store: the mean of the samples; `null` where none has it. */
  readonly p50Ms: number | null;
  /** The mean of the samples, and the worst of them. */
  readonly p95Ms: number | null;
  readonly worstP95Ms: number | null;
  /** The most entries a second, over a minute. */
  readonly mostPerSecond: number;
  /** Processor time; `null` where no sample has it. */
  readonly cpuMs: number | null;
}

/** The same for a whole span. */
export interface WorkerFigures extends Omit<WorkerDay, 'day'> {
  readonly samples: number;
  /** Days of the local clock with a sample, in order. */
  readonly days: readonly WorkerDay[];
}

/** Reads the samples of all workers. What counts up in them counts since a worker's start. */
export async function readWorkerFigures(
  database: Database,
  span: ReportSpan,
): Promise<WorkerFigures> {
  const rows = await runQuery(database, samplesByDay(span));
  const days = groupBy(rows, (row) => String(row['day']));
  return {
    ...figuresOf(rows),
    samples: sumOf(rows, 'processed', 'samples'),
    days: [...days].map(([day, own]) => ({ day: formatDay(Number(day)), ...figuresOf(own) })),
  };
}

/**
 * Sums up the growth from each sample to the next one of its worker, and the figures of each
 * sample. A sample that came before the span tells from where the first one has grown.
 */
function samplesByDay({ since, until }: ReportSpan) {
  const before = sql<number | null>`lag(value) OVER (PARTITION BY worker, name ORDER BY at)`;
  const samples = queryBuilder()
    .selectFrom('metrics')
    .select(['at', 'name', 'value', sql<number>`value - coalesce(${before}, 0)`.as('growth')])
    .where('worker', '<>', 'clean-up')
    .where('at', '>=', since - DAY_MS)
    .where('at', '<', until);
  return queryBuilder()
    .selectFrom(samples.as('m'))
    .select((eb) => [
      selectLocalDay(sql`m.at`, since, until).as('day'),
      'm.name',
      eb.fn.countAll<number>().as('samples'),
      sql<number>`sum(max(m.growth, 0))`.as('growth'),
      eb.fn.sum<number>('m.value').as('sum'),
      eb.fn.max<number>('m.value').as('most'),
    ])
    .where('m.at', '>=', since)
    .groupBy(['day', 'm.name'])
    .orderBy('day')
    .orderBy('m.name');
}

function figuresOf(rows: readonly Row[]): Omit<WorkerDay, 'day'> {
  const of = (name: string): readonly Row[] =>
    rows.filter((row) => readTextColumn(row, 'name') === name);
  const most = (name: string): number | null =>
    of(name).length === 0
      ? null
      : Math.max(...of(name).map((row) => readNumberColumn(row, 'most') ?? 0));
  const mean = (name: string): number | null => {
    const samples = sumOf(rows, name, 'samples');
    return samples === 0 ? null : Math.round((10 * sumOf(rows, name, 'sum')) / samples) / 10;
  };
  return {
    processed: sumOf(rows, 'processed', 'growth'),
    failed: sumOf(rows, 'failed', 'growth'),
    dead: sumOf(rows, 'dead', 'growth'),
    p50Ms: mean('latency_p50_ms'),
    p95Ms: mean('latency_p95_ms'),
    worstP95Ms: most('latency_p95_ms'),
    mostPerSecond: most('throughput') ?? 0,
    cpuMs: of('cpu_ms').length === 0 ? null : Math.round(sumOf(rows, 'cpu_ms', 'growth')),
  };
}

function sumOf(rows: readonly Row[], name: string, column: string): number {
  return rows
    .filter((row) => readTextColumn(row, 'name') === name)
    .reduce((sum, row) => sum + (readNumberColumn(row, column) ?? 0), 0);
}
