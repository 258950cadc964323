import { PRICES_AS_OF, type OwnPrice, parseOwnPrices } from '../claude/prices.ts';
import { resolveConfig } from '../config/resolve.ts';
import { isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { type CostGroup, readCostGroups } from './cost-groups.ts';
import { type CostBy, MAIN_CHAIN } from './cost-query.ts';
import type { CostFilter } from './cost-rows.ts';
import { formatDay, localDay } from './local-days.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** What answers cost. */
export interface Cost {
  readonly answers: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly webSearches: number;
  /** Of the answers that have a price; `null` where there are answers and none has one. */
  readonly dollars: number | null;
  /** Answers that have no price and are left out of `dollars`. */
  readonly unpriced: number;
}

/** The cost of one day, project, model, session or kind of agent. */
export interface CostLine extends Cost {
  /**
   * A day of the local clock, a folder, a model, a session's id, a kind of agent or `main`; `null`:
   * not known.
   */
  readonly key: string | null;
  /** Models whose answers have no price, by name; an answer that names none is of `unknown`. */
  readonly unpricedModels: readonly string[];
  /** What a session is called. */
  readonly title?: string | null;
  /** Where a session worked. */
  readonly project?: string | null;
}

/** Answers without a price. */
export interface Unpriced {
  readonly model: string | null;
  readonly isFast: boolean;
  /** The service tier, where that is why. */
  readonly tier: string | null;
  readonly answers: number;
  readonly tokens: number;
}

/** A day of which the client's own statistics alone tell. */
export interface StatisticsDay {
  readonly day: string;
  readonly model: string;
  /** Read and written together, without those of the cache: they have no price. */
  readonly tokens: number;
}

/** What `cost` shows. */
export interface CostReport {
  readonly by: CostBy;
  readonly since: string | null;
  readonly lines: readonly CostLine[];
  /** Lines beyond the limit. */
  readonly more: number;
  readonly total: Cost;
  readonly unpriced: readonly Unpriced[];
  /** By day alone. */
  readonly statisticsOnly: readonly StatisticsDay[];
  readonly pricesAsOf: string;
}

/** The prices that the user has set. */
export function readConfiguredPrices({
  environment,
  folder,
}: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: StateFolder;
}): readonly OwnPrice[] {
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  return parseOwnPrices(values.modelPrices);
}

/** The report where nothing is stored. */
export function createEmptyCostReport(by: CostBy): CostReport {
  return {
    ...{
      by,
      since: null,
      lines: [],
      more: 0,
      total: sumCost([]),
      unpriced: [],
      statisticsOnly: [],
    },
    pricesAsOf: PRICES_AS_OF,
  };
}

export interface CostRequest {
  readonly by: CostBy;
  /** Milliseconds since the epoch; answers of that moment count. */
  readonly since?: number;
  /** Answers of that moment and later do not count. */
  readonly until?: number;
  /** Most lines: the latest days, else the dearest. The total has all. */
  readonly limit: number;
  readonly prices: readonly OwnPrice[];
}

/**
 * What answers cost, days in their order, all else the dearest first. Days are those of the local
 * clock.
 */
export async function readCost(
  database: Database,
  { by, since, until, limit, prices }: CostRequest,
): Promise<CostReport> {
  const filter: CostFilter = {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  const groups = await readCostGroups(database, by, filter, prices);
  const lines = costLines(groups, by);
  const kept = by === 'day' ? lines.slice(-limit) : lines.slice(0, limit);
  return {
    by,
    since: since === undefined ? null : isoTime(since),
    lines: by === 'session' ? await nameSessions(database, kept) : kept,
    more: lines.length - kept.length,
    total: sumCost(groups),
    unpriced: listUnpriced(groups),
    statisticsOnly: by === 'day' ? await readStatisticsOnly(database, lines, filter) : [],
    pricesAsOf: PRICES_AS_OF,
  };
}

/**
 * What these sessions cost by their ids, their agents included, or these alone; one without
 * answers is left out.
 */
export async function readSessionCosts(
  database: Database,
  sessions: readonly string[],
  prices: readonly OwnPrice[],
  which: Pick<CostFilter, 'agentsOnly'> = {},
): Promise<ReadonlyMap<string, Cost>> {
  const groups = await readCostGroups(database, 'session', { ...which, sessions }, prices);
  return new Map(
    costLines(groups, 'session').map(({ key, unpricedModels: _, ...cost }) => [key ?? '', cost]),
  );
}

/**
 * One line for each key of the groups, which are those of the same `by`; for `model`, those of any.
 * Days are in their order, all else the dearest first.
 */
export function costLines(
  groups: readonly CostGroup[],
  by: CostBy,
  keyOf = usualKeys(by),
): readonly CostLine[] {
  const byKey = new Map<string | null, CostGroup[]>();
  for (const group of groups) {
    const key = keyOf(group);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [group]);
    else known.push(group);
  }
  const lines = [...byKey].map(([key, own]) => ({
    key,
    ...sumCost(own),
    unpricedModels: unpricedModelsOf(own),
  }));
  return by === 'day'
    ? lines.toSorted((one, other) => compareTexts(one.key, other.key))
    : lines.toSorted(
        (one, other) =>
          (other.dollars ?? 0) - (one.dollars ?? 0) ||
          other.answers - one.answers ||
          compareTexts(one.key, other.key),
      );
}

function unpricedModelsOf(groups: readonly CostGroup[]): readonly string[] {
  const unpriced = groups.filter(({ dollars }) => dollars === null);
  if (unpriced.length === 0) return [];
  return [...new Set(unpriced.map(({ model }) => model ?? 'unknown'))].sort();
}

type KeyOf = (group: CostGroup) => string | null;

function usualKeys(by: CostBy): KeyOf {
  if (by === 'model') return ({ model }) => model;
  const days = new Map<number, string>();
  return ({ key }) => {
    if (by === 'agent' && key === MAIN_CHAIN) return 'main';
    if (typeof key !== 'number') return key;
    const day = days.get(key) ?? formatDay(key);
    days.set(key, day);
    return day;
  };
}

function compareTexts(one: string | null, other: string | null): number {
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

/** One pass over plain variables: there may be a hundred thousand groups. */
export function sumCost(groups: readonly CostGroup[]): Cost {
  let [answers, input, output, cacheRead, cacheWrite5m] = [0, 0, 0, 0, 0];
  let [cacheWrite1h, webSearches, dollars, unpriced] = [0, 0, 0, 0];
  for (const group of groups) {
    answers += group.answers;
    input += group.input;
    output += group.output;
    cacheRead += group.cacheRead;
    cacheWrite5m += group.cacheWrite5m;
    cacheWrite1h += group.cacheWrite1h;
    webSearches += group.webSearches;
    if (group.dollars === null) unpriced += group.answers;
    else dollars += group.dollars;
  }
  return {
    answers,
    input,
    output,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    webSearches,
    dollars: answers > 0 && unpriced === answers ? null : Math.round(dollars * 1e6) / 1e6,
    unpriced,
  };
}

export function listUnpriced(groups: readonly CostGroup[]): readonly Unpriced[] {
  const found = new Map<string, Unpriced>();
  for (const group of groups) {
    if (group.dollars !== null) continue;
    const { model, isFast, tier, answers } = group;
    const name = JSON.stringify([model, isFast, tier]);
    const known = found.get(name) ?? { model, isFast, tier, answers: 0, tokens: 0 };
    const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = group;
    const tokens = known.tokens + input + output + cacheRead + cacheWrite5m + cacheWrite1h;
    found.set(name, { ...known, answers: known.answers + answers, tokens });
  }
  return [...found.values()].toSorted((one, other) => other.tokens - one.tokens);
}

export async function nameSessions(
  database: Database,
  lines: readonly CostLine[],
): Promise<readonly CostLine[]> {
  const ids = lines.flatMap(({ key }) => key ?? []);
  const query = queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('sessions as s', 's.id', 'wanted.value')
    .select(['s.id', 's.title', 's.project']);
  const rows = await runQuery(database, query);
  const known = new Map(rows.map((row) => [readTextColumn(row, 'id'), row]));
  return lines.map((line) => {
    const row = known.get(line.key) ?? {};
    return {
      ...line,
      title: readTextColumn(row, 'title'),
      project: readTextColumn(row, 'project'),
    };
  });
}

export async function readStatisticsOnly(
  database: Database,
  lines: readonly CostLine[],
  { since, until }: CostFilter,
): Promise<readonly StatisticsDay[]> {
  const days = new Set(lines.map(({ key }) => key));
  const query = queryBuilder()
    .selectFrom('client_days')
    .select((eb) => ['day', 'model', eb.fn.sum<number>('tokens').as('tokens')])
    .where('tokens', 'is not', null)
    .where('model', '<>', '')
    .where('day', '>=', since === undefined ? '' : localDay(since))
    .where('day', '<=', until === undefined ? '9999' : localDay(until - 1))
    .groupBy(['day', 'model'])
    .orderBy('day')
    .orderBy('model');
  return (await runQuery(database, query)).flatMap((row) => {
    const day = readTextColumn(row, 'day') ?? '';
    if (days.has(day)) return [];
    return [
      {
        day,
        model: readTextColumn(row, 'model') ?? '',
        tokens: readNumberColumn(row, 'tokens') ?? 0,
      },
    ];
  });
}
