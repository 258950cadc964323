import { sql } from 'kysely';
import { DAY_MS } from '../../core/clock.ts';
import { parseJson } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { countRows, queryBuilder, runQuery } from '../builder.ts';
import { formatDay, selectLocalDay } from '../local-days.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import type { ReportSpan } from './report-span.ts';

/** Calls of one tool. Field names are a contract. */
export interface ToolCalls {
  readonly tool: string;
  readonly calls: number;
  readonly failed: number;
  /** Claude Code refused them before they ran. */
  readonly rejected: number;
  /** Calls whose start and end are known, and how long these took in milliseconds. */
  readonly timed: number;
  readonly totalMs: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** Calls of one day. */
export interface DayCalls {
  readonly day: string;
  readonly calls: number;
  readonly failed: number;
}

export interface Calls {
  readonly total: number;
  readonly failed: number;
  readonly rejected: number;
  /** Days of the local clock that have calls, in order. */
  readonly days: readonly DayCalls[];
  /** Most time first. */
  readonly tools: readonly ToolCalls[];
}

/**
 * Sessions in which something may have happened in a span. Lines of a transcript may be a little
 * later than the last event of a session.
 */
export function sessionsIn({ since, until }: ReportSpan) {
  const last = sql<number>`coalesce(last_event_at, ended_at, last_started_at, started_at)`;
  return queryBuilder()
    .selectFrom('sessions')
    .select('id')
    .where(last, '>=', since - DAY_MS)
    .where(sql<number>`coalesce(first_event_at, started_at, ${last})`, '<', until);
}

/** Counts the calls of a span by day, tool and outcome. */
export async function readCalls(database: Database, span: ReportSpan): Promise<Calls> {
  const rows = await runQuery(database, callsQuery(span, await hasManySessions(database, span)));
  const days = new Map<number, DayCalls>();
  const tools = new Map<string, Row[]>();
  for (const row of rows) {
    const [day, tool] = [
      readNumberColumn(row, 'day') ?? 0,
      readTextColumn(row, 'tool') ?? 'unknown',
    ];
    const known = days.get(day) ?? { day: formatDay(day), calls: 0, failed: 0 };
    const count = countOf(row);
    days.set(day, {
      day: known.day,
      calls: known.calls + count,
      failed: known.failed + (row['outcome'] === 'failed' ? count : 0),
    });
    tools.set(tool, [...(tools.get(tool) ?? []), row]);
  }
  const lines = [...tools].map(([tool, own]) => toolCalls(tool, own));
  const sum = (count: (line: ToolCalls) => number): number =>
    lines.reduce((all, line) => all + count(line), 0);
  return {
    total: sum((line) => line.calls),
    failed: sum((line) => line.failed),
    rejected: sum((line) => line.rejected),
    days: [...days].sort(([one], [other]) => one - other).map(([, day]) => day),
    tools: lines.toSorted(
      (one, other) =>
        other.totalMs - one.totalMs || other.calls - one.calls || (one.tool < other.tool ? -1 : 1),
    ),
  };
}

/**
 * From so large a part of all sessions on, one pass over all calls costs less than to look up the
 * calls of each session: they are where their ids are, not where their sessions are.
 */
const MANY_SESSIONS = 0.2;

async function hasManySessions(database: Database, span: ReportSpan): Promise<boolean> {
  const active = queryBuilder()
    .selectFrom(sessionsIn(span).as('s'))
    .select(sql<number>`count(*)`.as('n'));
  const [row = {}] = await runQuery(database, active);
  const all = await countRows(database, 'sessions');
  return (readNumberColumn(row, 'n') ?? 0) > all * MANY_SESSIONS;
}

/** CROSS JOIN: sessions first, else SQLite would look at each call that the store has. */
function callsQuery(span: ReportSpan, all: boolean) {
  const took = sql<number>`o.ended_at - o.at`;
  const isTimed = sql<boolean>`o.outcome IN ('ok', 'failed') AND o.ended_at > o.at`;
  const calls = all
    ? queryBuilder()
        .selectFrom('operation_outcomes as o')
        .select(['o.tool', 'o.outcome', 'o.at', 'o.ended_at'])
        .where('o.session_id', 'is not', null)
    : queryBuilder()
        .selectFrom(sessionsIn(span).as('active'))
        .crossJoin('operation_outcomes as o')
        .select(['o.tool', 'o.outcome', 'o.at', 'o.ended_at'])
        .whereRef('o.session_id', '=', 'active.id');
  return queryBuilder()
    .selectFrom(calls.where('o.at', '>=', span.since).where('o.at', '<', span.until).as('o'))
    .select([selectLocalDay(sql`o.at`, span.since, span.until).as('day'), 'o.tool', 'o.outcome'])
    .select(sql<number>`count(*)`.as('n'))
    .select(sql<string>`json_group_array(${took}) FILTER (WHERE ${isTimed})`.as('durations'))
    .groupBy(['day', 'o.tool', 'o.outcome']);
}

function toolCalls(tool: string, rows: readonly Row[]): ToolCalls {
  const of = (outcome?: string): number =>
    rows
      .filter((row) => outcome === undefined || row['outcome'] === outcome)
      .reduce((sum, row) => sum + countOf(row), 0);
  const durations = sortedDurations(rows);
  return {
    ...{ tool, calls: of(), failed: of('failed'), rejected: of('rejected') },
    timed: durations.length,
    totalMs: durations.reduce((sum, ms) => sum + ms, 0),
    p50Ms: durationAt(durations, 0.5),
    p95Ms: durationAt(durations, 0.95),
  };
}

/** Of all rows, shortest first; as an array of numbers alone, since there may be a million. */
function sortedDurations(rows: readonly Row[]): Float64Array {
  const lists = rows.map(durationsIn);
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const list of lists) {
    all.set(list, place);
    place += list.length;
  }
  return all.sort();
}

/** The same place as `quantile` takes. */
function durationAt(sorted: Float64Array, share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

function durationsIn(row: Row): readonly number[] {
  const found = parseJson(readTextColumn(row, 'durations') ?? '');
  return Array.isArray(found) ? found.filter((ms) => typeof ms === 'number') : [];
}

function countOf(row: Row): number {
  return readNumberColumn(row, 'n') ?? 0;
}
