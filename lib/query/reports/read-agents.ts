import { sql } from 'kysely';
import { groupBy } from '../../core/group-by.ts';
import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { formatDay, selectLocalDay } from '../local-days.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import type { ReportSpan } from './report-span.ts';

/** How runs of agents ended. Field names are a contract. */
export interface RunCounts {
  readonly runs: number;
  readonly ok: number;
  readonly failed: number;
  /** A person ended it, or Claude Code refused it: that says nothing about the agent. */
  readonly stopped: number;
  readonly running: number;
  /** 0 to 1: of those that went well or failed; `null` where there is none. */
  readonly successRate: number | null;
  /** Means; `null` where no run reported the figure. */
  readonly tokens: number | null;
  readonly durationMs: number | null;
  readonly totalTokens: number;
}

/** Runs of one kind of agent with one model at one kind of task. */
export interface AgentLine extends RunCounts {
  readonly agentType: string;
  readonly model: string;
  readonly kind: string;
}

/** Runs of one kind of agent. */
export interface AgentTypeLine extends RunCounts {
  readonly agentType: string;
}

export interface AgentDay {
  readonly day: string;
  readonly ok: number;
  readonly failed: number;
  readonly stopped: number;
}

/** Runs of agents that began in a span. Field names are a contract. */
export interface AgentRuns {
  readonly total: RunCounts;
  /** By kind of agent, most runs first. */
  readonly types: readonly AgentTypeLine[];
  /** By kind of task, agent and model, most runs first. */
  readonly lines: readonly AgentLine[];
  /** Days of the local clock that have runs, in order. */
  readonly days: readonly AgentDay[];
}

export async function readAgents(database: Database, span: ReportSpan): Promise<AgentRuns> {
  const rows = await runQuery(database, runsQuery(span));
  const keyOf =
    (...columns: readonly string[]) =>
    (row: Row) =>
      JSON.stringify(columns.map((column) => row[column]));
  const text = (row: Row | undefined, column: string): string =>
    readTextColumn(row ?? {}, column) ?? '';
  return {
    total: countRuns(rows),
    types: groupRows(rows, keyOf('agent_type'))
      .map((own) => ({ agentType: text(own[0], 'agent_type'), ...countRuns(own) }))
      .toSorted((one, other) => other.runs - one.runs || compare(one.agentType, other.agentType)),
    lines: groupRows(rows, keyOf('agent_type', 'model', 'kind'))
      .map((own) => ({
        ...{ agentType: text(own[0], 'agent_type'), model: text(own[0], 'model') },
        kind: text(own[0], 'kind'),
        ...countRuns(own),
      }))
      .toSorted(
        (one, other) =>
          other.runs - one.runs ||
          compare(one.kind, other.kind) ||
          compare(one.agentType, other.agentType) ||
          compare(one.model, other.model),
      ),
    days: groupRows(rows, keyOf('day'))
      .toSorted((one, other) => numberIn(one[0], 'day') - numberIn(other[0], 'day'))
      .map((own) => {
        const { ok, failed, stopped } = countRuns(own);
        return { day: formatDay(numberIn(own[0], 'day')), ok, failed, stopped };
      }),
  };
}

function runsQuery({ since, until }: ReportSpan) {
  return queryBuilder()
    .selectFrom('agent_runs')
    .select(['agent_type', 'model', 'kind', 'outcome'])
    .select((eb) => [
      selectLocalDay(sql`at`, since, until).as('day'),
      eb.fn.countAll<number>().as('n'),
      eb.fn.sum<number>('tokens').as('tokens'),
      eb.fn.count<number>('tokens').as('with_tokens'),
      eb.fn.sum<number>('duration_ms').as('ms'),
      eb.fn.count<number>('duration_ms').as('with_ms'),
    ])
    .where('at', '>=', since)
    .where('at', '<', until)
    .groupBy(['day', 'agent_type', 'model', 'kind', 'outcome']);
}

function countRuns(rows: readonly Row[]): RunCounts {
  const sum = (column: string, of: readonly Row[] = rows): number =>
    of.reduce((all, row) => all + numberIn(row, column), 0);
  const ended = (...outcomes: readonly string[]): readonly Row[] =>
    rows.filter((row) => outcomes.includes(readTextColumn(row, 'outcome') ?? ''));
  const [ok, failed] = [sum('n', ended('ok')), sum('n', ended('failed'))];
  const rated = ended('ok', 'failed');
  const mean = (column: string, count: string): number | null =>
    sum(count, rated) === 0 ? null : Math.round(sum(column, rated) / sum(count, rated));
  return {
    ...{ runs: sum('n'), ok, failed, stopped: sum('n', ended('stopped', 'rejected')) },
    running: sum('n', ended('running')),
    successRate: ok + failed === 0 ? null : ok / (ok + failed),
    tokens: mean('tokens', 'with_tokens'),
    durationMs: mean('ms', 'with_ms'),
    totalTokens: sum('tokens'),
  };
}

function groupRows(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): ReadonlyArray<readonly Row[]> {
  return [...groupBy(rows, keyOf).values()];
}

function numberIn(row: Row | undefined, column: string): number {
  return readNumberColumn(row ?? {}, column) ?? 0;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
