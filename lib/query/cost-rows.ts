import { sql } from 'kysely';
import { LONG_PROMPTS } from '../claude/prices.ts';
import { DAY_MS } from '../core/clock.ts';
import type { Database, Row } from '../store/database.ts';
import { SUMMED_MS } from '../store/schema/usage-sums.ts';
import { bindList, queryBuilder, runQuery, type Tables } from './builder.ts';
import { readNumberColumn } from './row.ts';
import { isOfTeam } from './store-view.ts';

/** Which answers are added up. Times are milliseconds since the epoch. */
export interface CostFilter {
  readonly since?: number;
  readonly until?: number;
  /** Of these sessions alone; {@link NO_SESSION_ID} for answers that belong to none. */
  readonly sessions?: readonly string[];
  /** Of agents alone. */
  readonly agentsOnly?: boolean;
}

/** What sums have for a session that is not known. */
export const NO_SESSION_ID = '';

export const TOKENS = [
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
] as const;

export const COUNTS = ['answers', ...TOKENS, 'web_searches'] as const;

/** From a quarter of an hour or a day on, and before another one. */
interface Part {
  readonly from: number;
  readonly before: number;
}

/** The sums that a question reads. */
export interface Sums extends Part {
  /** Days (UTC) that lie in it whole, of which a team has sums, too. */
  readonly days: Part | undefined;
  /** So many of them that one pass over all costs less than to find each by its time. */
  readonly isMost: boolean;
}

/** From this part of the time that has answers on. */
const MOST_TIME = 0.2;

/** What sums have for a time that is not known. */
const UNKNOWN_TIME = -1;

/** What a filter reads from the sums; `undefined` where no quarter of an hour lies in it whole. */
export async function sumsOf(database: Database, filter: CostFilter): Promise<Sums | undefined> {
  const quarters = wholeQuarters(filter);
  if (quarters === undefined) return undefined;
  // PostgreSQL estimates what to read; few sessions are found by their names
  const days = filter.sessions === undefined ? wholeDays(quarters) : undefined;
  if (isOfTeam(database)) return { ...quarters, days, isMost: false };
  const { first, last } = await answerTimes(database);
  const part = Math.min(last, quarters.before) - Math.max(first, quarters.from);
  return { ...quarters, days: undefined, isMost: part > (last - first) * MOST_TIME };
}

/** The quarters of an hour that lie in a filter whole; `undefined` where there is none. */
function wholeQuarters({ since, until }: CostFilter): Part | undefined {
  // answers whose time is not known are in no part of time
  const first = until === undefined ? UNKNOWN_TIME : 0;
  const from = since === undefined ? first : Math.max(0, Math.ceil(since / SUMMED_MS) * SUMMED_MS);
  const before =
    until === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(until / SUMMED_MS) * SUMMED_MS;
  return from < before ? { from, before } : undefined;
}

/** Prices change at the begin of such a day, so that all of it has one. */
function wholeDays(quarters: Part): Part | undefined {
  const isOpen = quarters.before === Number.MAX_SAFE_INTEGER;
  const from =
    quarters.from === UNKNOWN_TIME ? UNKNOWN_TIME : Math.ceil(quarters.from / DAY_MS) * DAY_MS;
  const before = isOpen ? quarters.before : Math.floor(quarters.before / DAY_MS) * DAY_MS;
  return from < before ? { from, before } : undefined;
}

/** When the first and the last answer came; 0 where none has a time. */
export async function answerTimes(database: Database): Promise<{ first: number; last: number }> {
  const edge = (name: 'min' | 'max') =>
    queryBuilder()
      .selectFrom('usage')
      .select((eb) => eb.fn<number>(name, ['at']).as('at'));
  const [first, last] = await Promise.all([
    runQuery(database, edge('min')), // one query for both would look at each answer
    runQuery(database, edge('max')),
  ]);
  const of = (rows: readonly Row[]): number => readNumberColumn(rows[0] ?? {}, 'at') ?? 0;
  return { first: of(first), last: of(last) };
}

/** The answers of a filter as `u`; as many as possible are added up. */
export function rowsQuery(filter: CostFilter, sums: Sums | undefined) {
  return sums === undefined
    ? answersQuery(filter).as('u')
    : edgesOf(filter, sums)
        .map(answersQuery)
        .reduce((all, edge) => all.unionAll(edge), summedQuery(filter, sums))
        .as('u');
}

/** Sums of whole days, and of the quarters of an hour before and after them. */
function summedQuery(filter: CostFilter, { from, before, days, isMost }: Sums) {
  if (days === undefined) return sumsQuery('usage_sums', filter, { from, before }, isMost);
  return [
    { from, before: days.from },
    { from: days.before, before },
  ]
    .filter((part) => part.from < part.before)
    .map((part) => sumsQuery('usage_sums', filter, part, false))
    .reduce((all, edge) => all.unionAll(edge), sumsQuery('usage_days', filter, days, false));
}

/** The sums of a part of time. A plus hides a column's index. */
function sumsQuery(
  table: 'usage_sums' | 'usage_days',
  { sessions, agentsOnly }: CostFilter,
  { from, before }: Part,
  isMost: boolean,
) {
  const at = isMost ? sql<number>`+s.at` : sql<number>`s.at`;
  const query = queryBuilder()
    .selectFrom(sql<Tables['usage_sums']>`${sql.table(table)}`.as('s'))
    .select(['s.session_id', 's.agent_id', 's.at', 's.class', 's.model', 's.tier'])
    .select(COUNTS.map((name) => `s.${name}` as const))
    .where(at, '>=', from)
    .where(at, '<', before)
    .where((eb) => eb.and(agentsOnly === true ? [eb('s.agent_id', '<>', '')] : []));
  return sessions === undefined
    ? query
    : query.where('s.session_id', 'in', sql<string>`(SELECT value FROM ${bindList(sessions)})`);
}

/**
 * What the sums lack of a filter. Each is a short time of its own: SQLite would look
 * at all answers for one that lies before or after another.
 */
function edgesOf(filter: CostFilter, { from, before }: Part): readonly CostFilter[] {
  const { since, until } = filter;
  return [
    ...(since === undefined || since >= from ? [] : [{ ...filter, until: from }]),
    ...(until === undefined || until <= before ? [] : [{ ...filter, since: before }]),
  ];
}

/** Each answer as a sum of one. */
function answersQuery({ since, until, sessions, agentsOnly }: CostFilter) {
  const query = queryBuilder()
    .selectFrom('usage as o')
    .select([
      sql<string>`coalesce(o.session_id, '')`.as('session_id'),
      sql<string>`coalesce(o.agent_id, '')`.as('agent_id'),
      sql<number>`coalesce(o.at, -1)`.as('at'),
      ANSWER_CLASS.as('class'),
      sql<string>`coalesce(o.model, '')`.as('model'),
      sql<string>`coalesce(o.tier, '')`.as('tier'),
      sql<number>`1`.as('answers'),
    ])
    .select([...TOKENS, 'web_searches' as const].map((name) => `o.${name}` as const))
    .where((eb) =>
      eb.and([
        ...(since === undefined ? [] : [eb('o.at', '>=', since)]),
        ...(until === undefined ? [] : [eb('o.at', '<', until)]),
        ...(agentsOnly === true ? [eb('o.agent_id', 'is not', null)] : []),
      ]),
    );
  return sessions === undefined
    ? query
    : query.where((eb) => {
        const isOne = eb(
          'o.session_id',
          'in',
          sql<string>`(SELECT value FROM ${bindList(sessions)})`,
        );
        return sessions.includes(NO_SESSION_ID)
          ? eb.or([isOne, eb('o.session_id', 'is', null)])
          : isOne;
      });
}

const PROMPT = sql<number>`(o.input + o.cache_read + o.cache_write_5m + o.cache_write_1h)`;

/** The class of one answer, without changes of prices. */
const ANSWER_CLASS = sql<number>`(coalesce(o.speed, '') = 'fast') + 2 * (coalesce(o.geo, '') = 'us')
  + 4 * (${sql.join(
    LONG_PROMPTS.map((limit) => sql`(${PROMPT} > ${sql.lit(limit)})`),
    sql` + `,
  )})`;
