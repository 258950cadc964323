import { sql } from 'kysely';
import { DAY_MS, isoTime } from '../core/clock.ts';
import { groupBy } from '../core/group-by.ts';
import {
  chooseAdvice,
  ENOUGH_RUNS,
  figuresOfSums,
  LOOK_BACK_MS,
  type RoutingFigures,
  type RunSums,
  weighRuns,
} from '../features/routing/advice.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** Runs of one span of time. */
export interface RoutingSpan {
  readonly runs: number;
  /** 0 to 1; `null` without runs. */
  readonly successRate: number | null;
  readonly tokens: number | null;
  readonly durationMs: number | null;
}

/** How one kind of agent with one model does at one kind of task. */
export interface RoutingLine extends Omit<RoutingFigures, 'lastAt'> {
  readonly lastAt: string;
  readonly last7Days: RoutingSpan;
  readonly last30Days: RoutingSpan;
}

/** What is advised for a kind of task; no agent: why not. */
export interface RoutingAdvice {
  readonly kind: string;
  readonly agentType: string | null;
  readonly model: string | null;
  readonly confidence: number | null;
  readonly reason: string;
}

/** What `routing --json` shows. Field names are a contract. */
export interface RoutingReport {
  readonly agents: readonly RoutingLine[];
  readonly advice: readonly RoutingAdvice[];
}

/** How agent runs of the last 90 days did. */
export async function readRouting(database: Database, now: number): Promise<RoutingReport> {
  const days = await readRunDays(database, now);
  const figures = figuresWithin(days, LOOK_BACK_MS / DAY_MS);
  const [week, month] = [7, 30].map((most) => figuresWithin(days, most));
  const agents = figures.map((line) => ({
    ...line,
    lastAt: isoTime(line.lastAt),
    last7Days: spanOf(line, week ?? []),
    last30Days: spanOf(line, month ?? []),
  }));
  return {
    agents,
    advice: [...new Set(figures.map(({ kind }) => kind))].map((kind) => adviceOf(kind, figures)),
  };
}

/** Runs of the same age in whole days, rounded up. */
interface RunDay extends RunSums {
  readonly days: number;
}

/**
 * Finished runs, added up by the store: there may be tens of thousands. Runs of one day count as if
 * they were all of its middle, which changes a confidence by less than 0.01 %.
 */
async function readRunDays(database: Database, now: number): Promise<readonly RunDay[]> {
  const query = queryBuilder()
    .selectFrom('agent_runs')
    .select(['kind', 'agent_type', 'model'])
    .select((eb) => [
      sql<number>`(CAST(${now + DAY_MS - 1} AS INTEGER) - at) / ${sql.lit(DAY_MS)}`.as('days'),
      eb.fn.countAll<number>().as('runs'),
      sql<number>`count(*) FILTER (WHERE outcome = 'ok')`.as('ok'),
      ...(['tokens', 'duration_ms'] as const).flatMap((name) => [
        eb.fn.sum<number>(name).as(name),
        eb.fn.count<number>(name).as(`${name}_runs`),
      ]),
      sql<number>`sum(CAST(${now} AS INTEGER) - at)`.as('age'),
      eb.fn.max('at').as('last_at'),
    ])
    .where('at', '>=', now - LOOK_BACK_MS)
    // rejected and stopped runs say nothing about an agent
    .where('outcome', 'in', ['ok', 'failed'])
    .groupBy(['kind', 'agent_type', 'model', 'days']);
  return (await runQuery(database, query)).map((row) => {
    const number = (name: string): number => readNumberColumn(row, name) ?? 0;
    const runs = number('runs');
    return {
      kind: readTextColumn(row, 'kind') ?? 'other',
      agentType: readTextColumn(row, 'agent_type') ?? '',
      model: readTextColumn(row, 'model') ?? '',
      ...{ days: number('days'), runs, ok: number('ok'), lastAt: number('last_at') },
      ...{ tokens: number('tokens'), tokenRuns: number('tokens_runs') },
      ...{ durationMs: number('duration_ms'), durationRuns: number('duration_ms_runs') },
      weight: weighRuns(runs, number('age') / runs),
    };
  });
}

function figuresWithin(all: readonly RunDay[], days: number): readonly RoutingFigures[] {
  const within = all.filter((one) => one.days <= days);
  const groups = groupBy(within, (one) => JSON.stringify([one.kind, one.agentType, one.model]));
  return figuresOfSums([...groups.values()].flatMap((group) => addUp(group) ?? []));
}

function addUp(group: readonly RunDay[]): RunSums | undefined {
  const [first, ...others] = group;
  if (first === undefined) return undefined;
  return others.reduce<RunSums>(
    (sums, one) => ({
      ...{ kind: first.kind, agentType: first.agentType, model: first.model },
      ...{ runs: sums.runs + one.runs, ok: sums.ok + one.ok },
      ...{ tokens: sums.tokens + one.tokens, tokenRuns: sums.tokenRuns + one.tokenRuns },
      durationMs: sums.durationMs + one.durationMs,
      durationRuns: sums.durationRuns + one.durationRuns,
      weight: sums.weight + one.weight,
      lastAt: Math.max(sums.lastAt, one.lastAt),
    }),
    first,
  );
}

function spanOf(line: RoutingFigures, figures: readonly RoutingFigures[]): RoutingSpan {
  const found = figures.find(
    (one) => one.kind === line.kind && one.agentType === line.agentType && one.model === line.model,
  );
  if (found === undefined) return { runs: 0, successRate: null, tokens: null, durationMs: null };
  const { runs, successRate, tokens, durationMs } = found;
  return { runs, successRate, tokens, durationMs };
}

function adviceOf(kind: string, figures: readonly RoutingFigures[]): RoutingAdvice {
  const advice = chooseAdvice(kind, figures);
  if (advice !== undefined) {
    const { agentType, model, confidence } = advice;
    return {
      kind,
      agentType,
      model,
      confidence,
      reason: 'cheapest of those that are about as good as the best',
    };
  }
  const reason = `fewer than two kinds of agent or model have run ${ENOUGH_RUNS} times`;
  return { kind, agentType: null, model: null, confidence: null, reason };
}
