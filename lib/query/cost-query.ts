import { type RawBuilder, sql } from 'kysely';
import { LONG_PROMPTS, listPriceChanges, type OwnPrice } from '../claude/prices.ts';
import type { Database } from '../store/database.ts';
import { SUMMED_MS } from '../store/schema/usage-sums.ts';
import { queryBuilder } from './builder.ts';
import { answerTimes, type CostFilter, COUNTS, rowsQuery, type Sums, sumsOf } from './cost-rows.ts';
import { isUtcBetween, selectLocalDay } from './local-days.ts';

/** What the cost of answers is added up by. */
export const COST_BY = ['day', 'project', 'model', 'session', 'agent'] as const;
export type CostBy = (typeof COST_BY)[number];

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

export const GROUP_COLUMNS = ['key', 'model', 'tier', 'class', ...COUNTS] as const;

async function dayKey(database: Database): Promise<{ readonly key: Key; readonly isUtc: boolean }> {
  const { first, last } = await answerTimes(database);
  const begin = Math.floor(first / SUMMED_MS) * SUMMED_MS;
  const day = selectLocalDay(sql`u.at`, begin, last);
  return { key: sql`CASE WHEN u.at >= 0 THEN ${day} END`, isUtc: isUtcBetween(begin, last) };
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
  const keyed = by === 'day' ? await daysQuery(database, source) : keyedQuery(KEYS[by], source);
  return queryBuilder()
    .selectFrom(joinedFor(by, keyed).as('g'))
    .select(['g.key', 'g.model', 'g.tier', 'g.class'])
    .select(COUNTS.map((name) => sumOf(name)))
    .groupBy(['g.key', 'g.class', 'g.model', 'g.tier']);
}

/** A day of the local clock is made of quarters of an hour, unless that clock is UTC. */
async function daysQuery(database: Database, source: CostSource) {
  const { key, isUtc } = await dayKey(database);
  const { sums } = source;
  const isApart = !isUtc && sums !== undefined;
  return keyedQuery(key, isApart ? { ...source, sums: { ...sums, days: undefined } } : source);
}

/** Its limit keeps SQLite from making one query of this and the one around it. */
export function keyedQuery(key: Key, { filter, sums, changes }: CostSource) {
  return queryBuilder()
    .selectFrom(rowsQuery(filter, sums))
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
