import { type SqlBool, sql } from 'kysely';
import {
  BOUND_TO_US,
  LONG_PROMPTS,
  type OwnPrice,
  type Prices,
  findPrices,
  WEB_SEARCH,
} from '../claude/prices.ts';
import type { Database } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import {
  type CostBy,
  type CostSource,
  costSource,
  GROUP_COLUMNS,
  groupsQuery,
  keyedQuery,
  readClass,
  SESSION,
} from './cost-query.ts';
import { type CostFilter, NO_SESSION_ID, TOKENS } from './cost-rows.ts';
import { type PackedRow, readPackedRows } from './packed-rows.ts';
import { readTextColumn } from './row.ts';

/** Answers that have one price. Tokens are sums of theirs. */
export interface CostGroup {
  /**
   * A day for `day`, as `formatDay` reads it; a session's id, a folder, a kind of agent; `null`:
   * not known.
   */
  readonly key: string | number | null;
  /** As the transcript writes it; `null` where it names none. */
  readonly model: string | null;
  readonly isFast: boolean;
  /** The service tier where it is none of the usual ones. */
  readonly tier: string | null;
  readonly answers: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly webSearches: number;
  /** `null`: no price is known. */
  readonly dollars: number | null;
}

/** Tiers at which the list prices hold. */
const USUAL_TIERS = new Set(['', 'standard', 'standard_only', 'auto']);

/** Adds up what answers cost: one group for each key and price. @param own The user's setting. */
export async function readCostGroups(
  database: Database,
  by: CostBy,
  filter: CostFilter,
  own: readonly OwnPrice[],
): Promise<readonly CostGroup[]> {
  const source = await costSource(database, filter, own);
  const query = await groupsQuery(database, by, source);
  const pricesFor = rememberedPrices(own, source);
  return await readPackedRows(database, query, GROUP_COLUMNS, (row) => groupOf(row, pricesFor));
}

/** Which groups of sessions are read, and what is made of each: there may be very many. */
export interface SessionReading {
  readonly filter: CostFilter;
  /** The user's setting. */
  readonly own: readonly OwnPrice[];
  /** @param project Where the session works; `null`: not known. */
  readonly use: (group: CostGroup, project: string | null) => void;
}

/** Calls `use` with each group of each session, so that not all are in memory at once. */
export async function forEachSessionGroup(
  database: Database,
  { filter, own, use }: SessionReading,
): Promise<void> {
  const source = await costSource(database, filter, own);
  const query = await groupsQuery(database, 'session', source);
  const pricesFor = rememberedPrices(own, source);
  const withProjects = queryBuilder()
    .selectFrom(query.as('c'))
    .leftJoin('sessions as s', (join) => join.on(sql<SqlBool>`s.id = c.key`))
    .selectAll('c')
    .select('s.project');
  await readPackedRows(database, withProjects, [...GROUP_COLUMNS, 'project'], (row) =>
    use(groupOf(row, pricesFor), textOf(row[GROUP_COLUMNS.length]) || null),
  );
}

/** What answers of projects cost, and which sessions cost most. */
export interface DearestParts {
  readonly projects: readonly CostGroup[];
  /** Their ids, the dearest first. */
  readonly sessions: readonly string[];
}

/**
 * The same for a team, whose sessions are too many to be read: PostgreSQL orders them, by the
 * prices of the models that occur.
 */
export async function readDearestOfTeam(
  database: Database,
  { filter, own }: Pick<SessionReading, 'filter' | 'own'>,
  most: number,
): Promise<DearestParts> {
  const source = await costSource(database, filter, own);
  const pricesFor = rememberedPrices(own, source);
  const query = await groupsQuery(database, 'project', source);
  const rows = await readPackedRows(database, query, GROUP_COLUMNS, (row) => row);
  const rates = [...new Map(rows.map((row) => [kindOf(row), ratesOf(row, pricesFor)]))];
  const list = rates.map(([kind, rate]) => JSON.stringify({ kind, ...rate }));
  return {
    projects: rows.map((row) => groupOf(row, pricesFor)),
    sessions: (await runQuery(database, dearestQuery(source, list, most))).map(
      (row) => readTextColumn(row, 'key') ?? NO_SESSION_ID,
    ),
  };
}

const PRICED = [...TOKENS, 'web_searches'] as const;

/** Sums of the same dollars in another order differ by less than a millionth. */
function dearestQuery(source: CostSource, rates: readonly string[], most: number) {
  const rateOf = (name: string) =>
    sql<number>`CAST(json_extract(value, ${sql.lit(`$.${name}`)}) AS double precision)`;
  const listed = queryBuilder()
    .selectFrom(bindList(rates).as('l'))
    .select(sql<string>`json_extract(value, '$.kind')`.as('kind'))
    .select(PRICED.map((name) => rateOf(name).as(name)))
    .limit(sql.lit(-1)); // each rate is taken out of its text once, not for each answer
  const dollars = sql.join(
    PRICED.map((name) => sql`${sql.ref(`g.${name}`)} * ${sql.ref(`p.${name}`)}`),
    sql` + `,
  );
  return queryBuilder()
    .selectFrom(keyedQuery(SESSION, source).as('g'))
    .innerJoin(listed.as('p'), (join) =>
      join.on(sql<SqlBool>`p.kind = g.class || ' ' || g.tier || ' ' || g.model`),
    )
    .select('g.key')
    .groupBy('g.key')
    .orderBy(sql`round(sum(${dollars}) * 1000000)`, 'desc')
    .orderBy(sql`sum(g.answers)`, 'desc')
    .orderBy('g.key')
    .limit(most);
}

/** What answers of one price have in common. */
function kindOf([, model, tier, value]: PackedRow): string {
  return `${numberOf(value)} ${textOf(tier)} ${textOf(model)}`;
}

/** The dollars of one token of each kind; 0 where no price is known. */
function ratesOf(
  [, model, tier, value]: PackedRow,
  pricesFor: PricesFor,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    PRICED.map((name) => {
      const one = PRICED.map((other) => (other === name ? 1 : 0));
      return [name, groupOf([null, model, tier, value, 1, ...one], pricesFor).dollars ?? 0];
    }),
  );
}

type PricesFor = (model: string, value: number) => Prices | undefined;

/** To read the name of a model for each of many groups costs more than to add up their answers. */
function rememberedPrices(
  own: readonly OwnPrice[],
  { changes }: Pick<CostSource, 'changes'>,
): PricesFor {
  const known = new Map<string, Prices | undefined>();
  return (model, value) => {
    const name = `${value} ${model}`;
    if (known.has(name)) return known.get(name);
    const { isFast, length, period } = readClass(value);
    // any answer of the class tells the price: the first moment and the shortest prompt will do
    const at = changes[period - 1] ?? 0;
    const prompt = length === 0 ? 0 : (LONG_PROMPTS[length - 1] ?? 0) + 1;
    const prices = findPrices({ model, isFast, at, prompt }, own);
    known.set(name, prices);
    return prices;
  };
}

/** @param row The values of {@link GROUP_COLUMNS}, in that order. */
function groupOf(row: PackedRow, pricesFor: PricesFor): CostGroup {
  const [key, model, tier, value, answers, input, output, cacheRead, ...more] = row;
  const [cacheWrite5m, cacheWrite1h, webSearches] = more;
  const group = {
    key: typeof key === 'string' || typeof key === 'number' ? key : null,
    model: textOf(model) || null,
    isFast: readClass(numberOf(value)).isFast,
    tier: USUAL_TIERS.has(textOf(tier)) ? null : textOf(tier),
    answers: numberOf(answers),
    input: numberOf(input),
    output: numberOf(output),
    cacheRead: numberOf(cacheRead),
    cacheWrite5m: numberOf(cacheWrite5m),
    cacheWrite1h: numberOf(cacheWrite1h),
    webSearches: numberOf(webSearches),
  };
  return Object.assign(group, { dollars: dollarsOf(group, numberOf(value), pricesFor) });
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function dollarsOf(
  group: Omit<CostGroup, 'dollars'>,
  value: number,
  pricesFor: PricesFor,
): number | null {
  if (group.model === null || group.tier !== null) return null;
  const prices = pricesFor(group.model, value);
  if (prices === undefined) return null;
  const tokens =
    group.input * prices.input +
    group.output * prices.output +
    group.cacheRead * prices.cacheRead +
    group.cacheWrite5m * prices.cacheWrite5m +
    group.cacheWrite1h * prices.cacheWrite1h;
  const place = readClass(value).isUs ? BOUND_TO_US : 1;
  return (tokens / 1_000_000) * place + group.webSearches * WEB_SEARCH;
}
