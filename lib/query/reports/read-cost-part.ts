import { PRICES_AS_OF, type OwnPrice } from '../../claude/prices.ts';
import { DAY_MS } from '../../core/clock.ts';
import type { Database } from '../../store/database.ts';
import {
  type Cost,
  type CostLine,
  costLines,
  listUnpriced,
  nameSessions,
  readStatisticsOnly,
  type StatisticsDay,
  sumCost,
  type Unpriced,
} from '../cost.ts';
import {
  type CostGroup,
  type DearestParts,
  forEachSessionGroup,
  readCostGroups,
  readDearestOfTeam,
  type SessionReading,
} from '../cost-groups.ts';
import { isOfTeam } from '../store-view.ts';
import type { CostBy } from '../cost-query.ts';
import { NO_SESSION_ID } from '../cost-rows.ts';
import { type AccountLimit, readLimits } from '../limits.ts';
import { formatDay, localDay } from '../local-days.ts';
import { type ReportSpan, spanBefore } from './report-span.ts';

/** What the month of the local clock has cost so far. Field names are a contract. */
export interface MonthCost {
  /** `2026-11`. */
  readonly month: string;
  readonly dollars: number | null;
  /** At the end of the month if it goes on like this; `null` on its first day. */
  readonly atThisPace: number | null;
}

/**
 * What answers of a span cost. The sums are those of `waymark cost`. Field names are a contract.
 */
export interface CostPart {
  readonly total: Cost;
  /** Of the time of the same length before. */
  readonly before: Cost;
  readonly days: readonly CostLine[];
  readonly models: readonly CostLine[];
  /** The dearest, at most ten. */
  readonly projects: readonly CostLine[];
  readonly sessions: readonly CostLine[];
  /** The main chain, and each kind of agent. */
  readonly agents: readonly CostLine[];
  readonly unpriced: readonly Unpriced[];
  readonly statisticsOnly: readonly StatisticsDay[];
  readonly limits: readonly AccountLimit[];
  readonly month: MonthCost;
  readonly pricesAsOf: string;
}

const MAX_LINES = 10;

/** What answers of a span cost, and what findings need beside. */
export interface ReadCostPart {
  readonly cost: CostPart;
  /** By kind of agent. */
  readonly ofAgents: readonly CostGroup[];
}

/** Reads answers by day, session and agent; the other sums follow from these. */
export async function readCostPart(
  database: Database,
  span: ReportSpan,
  prices: readonly OwnPrice[],
): Promise<ReadCostPart> {
  const groupsBy = (by: CostBy, { since, until }: ReportSpan) =>
    readCostGroups(database, by, { since, until }, prices);
  const days = await groupsBy('day', span);
  const dayLines = costLines(days, 'day');
  const ofAgents = await groupsBy('agent', span);
  const month = monthOf(span.until);
  const cost: CostPart = {
    total: sumCost(days),
    before: sumCost(await groupsBy('model', spanBefore(span))),
    days: dayLines,
    models: costLines(days, 'model'),
    ...(await readDearest(database, span, prices)),
    agents: costLines(ofAgents, 'agent'),
    unpriced: listUnpriced(days),
    statisticsOnly: await readStatisticsOnly(database, dayLines, span),
    limits: await readLimits(database, span.until),
    month: monthCost(
      month,
      sumCost(
        month.since < span.since ? await groupsBy('model', month) : daysSince(days, month.since),
      ).dollars,
    ),
    pricesAsOf: PRICES_AS_OF,
  };
  return { cost, ofAgents };
}

/** The dearest projects and sessions. */
async function readDearest(
  database: Database,
  { since, until }: ReportSpan,
  prices: readonly OwnPrice[],
): Promise<Pick<CostPart, 'projects' | 'sessions'>> {
  const reading = { filter: { since, until }, own: prices };
  const { projects, sessions } = isOfTeam(database)
    ? await readDearestOfTeam(database, reading, MAX_LINES)
    : await readDearestHere(database, reading);
  const ofSessions = await readCostGroups(
    database,
    'session',
    { ...reading.filter, sessions },
    prices,
  );
  return {
    projects: costLines(projects, 'project').slice(0, MAX_LINES),
    sessions: await nameSessions(database, costLines(ofSessions, 'session')),
  };
}

/** A quarter has tens of thousands of sessions: only two figures of each are kept. */
async function readDearestHere(
  database: Database,
  reading: Pick<SessionReading, 'filter' | 'own'>,
): Promise<DearestParts> {
  const sums = new Map<string, SessionSum>();
  const projects = new Map<string, CostGroup>();
  await forEachSessionGroup(database, {
    ...reading,
    use: (group, project) => {
      const id = typeof group.key === 'string' ? group.key : NO_SESSION_ID;
      const sum = sums.get(id) ?? { dollars: 0, answers: 0 };
      sum.dollars += group.dollars ?? 0;
      sum.answers += group.answers;
      sums.set(id, sum);
      const name = JSON.stringify([project, group.model, group.dollars === null]);
      projects.set(name, addGroup(projects.get(name), { ...group, key: project }));
    },
  });
  return { projects: [...projects.values()], sessions: dearestOf(sums) };
}

interface SessionSum {
  dollars: number;
  answers: number;
}

function dearestOf(sums: ReadonlyMap<string, SessionSum>): readonly string[] {
  return [...sums]
    .toSorted(
      ([id, one], [otherId, other]) =>
        millionths(other) - millionths(one) ||
        other.answers - one.answers ||
        (id < otherId ? -1 : 1),
    )
    .slice(0, MAX_LINES)
    .map(([id]) => id);
}

/** Sums of the same dollars in another order differ by less. */
function millionths({ dollars }: SessionSum): number {
  return Math.round(dollars * 1e6);
}

/** The sum of two groups of one key and model, of which both or none have a price. */
function addGroup(sum: CostGroup | undefined, group: CostGroup): CostGroup {
  if (sum === undefined) return group;
  return {
    ...group,
    answers: sum.answers + group.answers,
    input: sum.input + group.input,
    output: sum.output + group.output,
    cacheRead: sum.cacheRead + group.cacheRead,
    cacheWrite5m: sum.cacheWrite5m + group.cacheWrite5m,
    cacheWrite1h: sum.cacheWrite1h + group.cacheWrite1h,
    webSearches: sum.webSearches + group.webSearches,
    dollars: sum.dollars === null || group.dollars === null ? null : sum.dollars + group.dollars,
  };
}

/** Groups of the days from that on in which a moment lies. */
function daysSince(groups: readonly CostGroup[], since: number): readonly CostGroup[] {
  const first = localDay(since);
  return groups.filter(({ key }) => typeof key === 'number' && formatDay(key) >= first);
}

/** The month of the local clock up to a moment, and its end. */
function monthOf(until: number): ReportSpan & { readonly end: number } {
  const begin = new Date(until - 1);
  begin.setHours(0, 0, 0, 0);
  begin.setDate(1);
  const end = new Date(begin);
  end.setMonth(end.getMonth() + 1);
  return { since: begin.getTime(), until, end: end.getTime() };
}

function monthCost(
  { since, until, end }: ReturnType<typeof monthOf>,
  dollars: number | null,
): MonthCost {
  const isEarly = until - since < DAY_MS;
  const pace = dollars === null || isEarly ? null : (dollars * (end - since)) / (until - since);
  return {
    month: localDay(since).slice(0, 7),
    dollars,
    atThisPace: pace === null ? null : Math.round(pace * 100) / 100,
  };
}
