import { type RawBuilder, sql } from 'kysely';
import { LONG_PROMPTS, listPriceChanges, type OwnPrice } from '../claude/prices.ts';
import type { Database, Row } from '../store/database.ts';
import { SUMMED_MS } from '../store/schema/usage-sums.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { selectLocalDay } from './local-days.ts';
import { readNumberColumn } from './row.ts';
import { isOfTeam } from './store-view.ts';

/** What the cost of answers is added up by. */
export const COST_BY = ['day', 'project', 'model', 'session', 'agent'] as const;
export type CostBy = (typeof COST_BY)[number];

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

/** Key of the main chain among the kinds of agents. No kind ends with a space. */
export const MAIN_CHAIN = 'main ';

type Key = RawBuilder<string | number | null>;

export const SESSION: Key = sql`nullif(u.session_id, '')`;

const KEYS: Readonly<Record<Exclude<CostBy, 'day'>, Key>> = {
  project: sql`p.project`,
  model: sql`NULL`,
  session: SESSION,
  agent: sql`CASE WHEN u.agent_id = '' THEN ${sql.lit(MAIN_CHAIN)} ELSE a.type END`,
};

export const TOKENS = [
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
] as const;
const COUNTS = ['answers', ...TOKENS, 'web_searches'] as const;

export const GROUP_COLUMNS = ['key', 'model', 'tier', 'class', ...COUNTS] as const;

/** From a quarter of an hour on, and before another one. */
interface Quarters {
  readonly from: number;
  readonly before: number;
}

/** The sums that a question reads. */
interface Sums extends Quarters {
  /** So many of them that one pass over all costs less than to find each by its time. */
  readonly isMost: boolean;
}

/** From this part of the time that has answers on. */
const MOST_TIME = 0.2;

/** What a filter reads from the sums; `undefined` where no quarter of an hour lies in it whole. */
async function sumsOf(database: Database, filter: CostFilter): Promise<Sums | undefined> {
  const quarters = wholeQuarters(filter);
  if (quarters === undefined) return undefined;
  if (isOfTeam(database)) return { ...quarters, isMost: false }; // PostgreSQL estimates it
  const { first, last } = await answerTimes(database);
  const part = Math.min(last, quarters.before) - Math.max(first, quarters.from);
  return { ...quarters, isMost: part > (last - first) * MOST_TIME };
}

/** The quarters of an hour that lie in a filter whole; `undefined` where there is none. */
function wholeQuarters({ since, until }: CostFilter): Quarters | undefined {
  const from = since === undefined ? -1 : Math.ceil(since / SUMMED_MS) * SUMMED_MS;
  const before =
    until === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(until / SUMMED_MS) * SUMMED_MS;
  return from < before ? { from, before } : undefined;
}

async function dayKey(database: Database): Promise<Key> {
  const { first, last } = await answerTimes(database);
  const begin = Math.floor(first / SUMMED_MS) * SUMMED_MS;
  const day = selectLocalDay(sql`u.at`, begin, last);
  return sql`CASE WHEN u.at >= 0 THEN ${day} END`;
}

/** When the first and the last answer came; 0 where none has a time. */
async function answerTimes(database: Database): Promise<{ first: number; last: number }> {
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

/** What a question about costs is answered from. */
export interface CostSource {
  readonly filter: CostFilter;
  /** What is read from the sums; the rest of the filter is read answer by answer. */
  readonly sums: Sums | undefined;
  /** When prices changed. */
  readonly changes: readonly number[];
}

/** @param own The user's setting. */
export async function costSource(
  database: Database,
  filter: CostFilter,
  own: readonly OwnPrice[],
): Promise<CostSource> {
  return { filter, sums: await sumsOf(database, filter), changes: listPriceChanges(own) };
}

/**
 * One group for each key, class, model and tier. SQLite sorts all rows for it, which is most of
 * what a question takes: so it gets sums, few terms to compare, and few columns.
 */
export async function groupsQuery(database: Database, by: CostBy, source: CostSource) {
  const key = by === 'day' ? await dayKey(database) : KEYS[by];
  const keyed = keyedQuery(key, source);
  return queryBuilder()
    .selectFrom(joinedFor(by, keyed).as('g'))
    .select(['g.key', 'g.model', 'g.tier', 'g.class'])
    .select(COUNTS.map((name) => sumOf(name)))
    .groupBy(['g.key', 'g.class', 'g.model', 'g.tier']);
}

/** Its limit keeps SQLite from making one query of this and the one around it. */
export function keyedQuery(key: Key, { filter, sums, changes }: CostSource) {
  const rows =
    sums === undefined
      ? answersQuery(filter).as('u')
      : edgesOf(filter, sums)
          .map(answersQuery)
          .reduce((all, edge) => all.unionAll(edge), sumsQuery(filter, sums))
          .as('u');
  return queryBuilder()
    .selectFrom(rows)
    .select([key.as('key'), classOf(changes).as('class'), 'u.model', 'u.tier'])
    .select(COUNTS.map((name) => `u.${name}` as const))
    .limit(sql.lit(-1));
}

function joinedFor(by: CostBy, query: ReturnType<typeof keyedQuery>) {
  if (by === 'project') return query.leftJoin('sessions as p', 'p.id', 'u.session_id');
  if (by !== 'agent') return query;
  return query.leftJoin('agents as a', (join) =>
    join.onRef('a.session_id', '=', 'u.session_id').onRef('a.agent_id', '=', 'u.agent_id'),
  );
}

const sumOf = (name: string) => sql<number>`sum(${sql.ref(`g.${name}`)})`.as(name);

/** Sums of the quarters of an hour that lie in the filter whole. A plus hides a column's index. */
function sumsQuery(
  { since, until, sessions, agentsOnly }: CostFilter,
  { from, before, isMost }: Sums,
) {
  const at = isMost ? sql<number>`+s.at` : sql<number>`s.at`;
  const query = queryBuilder()
    .selectFrom('usage_sums as s')
    .select(['s.session_id', 's.agent_id', 's.at', 's.class', 's.model', 's.tier'])
    .select(COUNTS.map((name) => `s.${name}` as const))
    // answers whose time is not known are in no part of time
    .where(at, '>=', since === undefined && until === undefined ? -1 : Math.max(0, from))
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
function edgesOf(filter: CostFilter, { from, before }: Quarters): readonly CostFilter[] {
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

/** What a price depends on beside the model and the tier. */
interface AnswerClass {
  readonly isFast: boolean;
  readonly isUs: boolean;
  /** How many of {@link LONG_PROMPTS} the prompt is above. */
  readonly length: number;
  /** How many changes of prices came before. */
  readonly period: number;
}

const LENGTHS = LONG_PROMPTS.length + 1;

const PROMPT = sql<number>`(o.input + o.cache_read + o.cache_write_5m + o.cache_write_1h)`;

/** The class of one answer, without changes of prices. */
const ANSWER_CLASS = sql<number>`(coalesce(o.speed, '') = 'fast') + 2 * (coalesce(o.geo, '') = 'us')
  + 4 * (${sql.join(
    LONG_PROMPTS.map((limit) => sql`(${PROMPT} > ${sql.lit(limit)})`),
    sql` + `,
  )})`;

/** An {@link AnswerClass} as one number; {@link readClass} takes it apart. */
function classOf(changes: readonly number[]): RawBuilder<number> {
  if (changes.length === 0) return sql<number>`u.class`;
  const since = changes.map((at) => sql`(u.at >= ${sql.lit(at)})`);
  return sql<number>`u.class + ${sql.lit(4 * LENGTHS)} * (${sql.join(since, sql` + `)})`;
}

export function readClass(value: number): AnswerClass {
  const rest = Math.floor(value / 4);
  return {
    isFast: value % 2 === 1,
    isUs: Math.floor(value / 2) % 2 === 1,
    length: rest % LENGTHS,
    period: Math.floor(rest / LENGTHS),
  };
}
