import { sql } from 'kysely';
import { DAY_MS } from '../../core/clock.ts';
import { groupBy } from '../../core/group-by.ts';
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
  const groups = await readGroups(database, span);
  const days = new Map<number, DayCalls>();
  for (const { day, outcome, durations } of groups) {
    const known = days.get(day) ?? { day: formatDay(day), calls: 0, failed: 0 };
    days.set(day, {
      day: known.day,
      calls: known.calls + durations.length,
      failed: known.failed + (outcome === 'failed' ? durations.length : 0),
    });
  }
  const tools = groupBy(groups, ({ tool }) => tool);
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

/** Calls of one day, tool and outcome. */
interface CallGroup {
  readonly day: number;
  readonly tool: string;
  readonly outcome: string;
  /** Of each call, in milliseconds; {@link NOT_TIMED} where it is not known. */
  readonly durations: readonly number[];
}

const OUTCOMES = ['ok', 'failed', 'rejected', 'running'] as const;
const NOT_TIMED = -1;

/**
 * Groups calls here: SQLite would sort all of them for it, which took most of the time of a report.
 * They come as two lists of numbers, since a million rows would be slower still.
 */
async function readGroups(database: Database, span: ReportSpan): Promise<readonly CallGroup[]> {
  const calls = callsQuery(span, await hasManySessions(database, span));
  const named = queryBuilder().selectFrom(calls.as('o')).select('o.tool').distinct();
  const tools = (await runQuery(database, named)).map((row) => readTextColumn(row, 'tool') ?? '');
  if (tools.length === 0) return [];
  const [row = {}] = await runQuery(database, packedQuery(calls, tools, span));
  const lengths = numbersIn(row, 'durations');
  const groups = new Map<number, number[]>();
  for (const [place, code] of numbersIn(row, 'codes').entries()) {
    const length = lengths[place] ?? NOT_TIMED;
    const known = groups.get(code);
    if (known === undefined) groups.set(code, [length]);
    else known.push(length);
  }
  return [...groups].map(([code, durations]) => {
    const rest = Math.floor(code / OUTCOMES.length);
    return {
      day: Math.floor(rest / tools.length),
      tool: tools[rest % tools.length] || 'unknown',
      outcome: OUTCOMES[code % OUTCOMES.length] ?? 'running',
      durations,
    };
  });
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
  const tool = sql<string>`coalesce(o.tool, '')`.as('tool');
  const calls = all
    ? queryBuilder()
        .selectFrom('operation_outcomes as o')
        .select([tool, 'o.outcome', 'o.at', 'o.ended_at'])
        .where('o.session_id', 'is not', null)
    : queryBuilder()
        .selectFrom(sessionsIn(span).as('active'))
        .crossJoin('operation_outcomes as o')
        .select([tool, 'o.outcome', 'o.at', 'o.ended_at'])
        .whereRef('o.session_id', '=', 'active.id');
  return calls.where('o.at', '>=', span.since).where('o.at', '<', span.until);
}

/** Of each call a number for its day, tool and outcome, and how long it took. */
function packedQuery(
  calls: ReturnType<typeof callsQuery>,
  tools: readonly string[],
  { since, until }: ReportSpan,
) {
  const day = selectLocalDay(sql`o.at`, since, until);
  const outcome = sql`CASE o.outcome WHEN 'ok' THEN 0 WHEN 'failed' THEN 1 WHEN 'rejected' THEN 2 ELSE 3 END`;
  const places = tools.map((tool, place) => sql`WHEN ${tool} THEN ${sql.lit(place)}`);
  const tool = sql`CASE o.tool ${sql.join(places, sql` `)} END`;
  const place = sql`(${day} * ${sql.lit(tools.length)} + ${tool})`;
  const took = sql`CASE WHEN o.outcome IN ('ok', 'failed') AND o.ended_at > o.at
    THEN o.ended_at - o.at ELSE ${sql.lit(NOT_TIMED)} END`;
  return queryBuilder()
    .selectFrom(calls.as('o'))
    .select([
      sql<string>`json_group_array(${place} * ${sql.lit(OUTCOMES.length)} + ${outcome})`.as(
        'codes',
      ),
      sql<string>`json_group_array(${took})`.as('durations'),
    ]);
}

function toolCalls(tool: string, groups: readonly CallGroup[]): ToolCalls {
  const of = (outcome?: string): number =>
    groups
      .filter((group) => outcome === undefined || group.outcome === outcome)
      .reduce((sum, { durations }) => sum + durations.length, 0);
  const durations = sortedDurations(groups);
  return {
    ...{ tool, calls: of(), failed: of('failed'), rejected: of('rejected') },
    timed: durations.length,
    totalMs: durations.reduce((sum, ms) => sum + ms, 0),
    p50Ms: durationAt(durations, 0.5),
    p95Ms: durationAt(durations, 0.95),
  };
}

/** Those that are known, shortest first. */
function sortedDurations(groups: readonly CallGroup[]): Float64Array {
  const lists = groups.map(({ durations }) => durations.filter((ms) => ms !== NOT_TIMED));
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

function numbersIn(row: Row, column: string): readonly number[] {
  const found = parseJson(readTextColumn(row, column) ?? '');
  return Array.isArray(found) ? found.filter((one) => typeof one === 'number') : [];
}
