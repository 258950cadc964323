import { PRICES_AS_OF, type OwnPrice } from '../../claude/prices.ts';
import { DAY_MS } from '../../core/clock.ts';
import type { Database } from '../../store/database.ts';
import { type Cost, type CostLine, readCost, type StatisticsDay, type Unpriced } from '../cost.ts';
import type { CostBy } from '../cost-groups.ts';
import { type AccountLimit, readLimits } from '../limits.ts';
import { localDay } from '../local-days.ts';
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
const ALL_LINES = 1_000_000;

export async function readCostPart(
  database: Database,
  span: ReportSpan,
  prices: readonly OwnPrice[],
): Promise<CostPart> {
  const of = (by: CostBy, limit = ALL_LINES, { since, until } = span) =>
    readCost(database, { by, since, until, limit, prices });
  const days = await of('day');
  const month = monthOf(span.until);
  return {
    total: days.total,
    before: (await of('model', ALL_LINES, spanBefore(span))).total,
    days: days.lines,
    models: (await of('model')).lines,
    projects: (await of('project', MAX_LINES)).lines,
    sessions: (await of('session', MAX_LINES)).lines,
    agents: (await of('agent')).lines,
    unpriced: days.unpriced,
    statisticsOnly: days.statisticsOnly,
    limits: await readLimits(database, span.until),
    month: monthCost(month, (await of('model', ALL_LINES, month)).total.dollars),
    pricesAsOf: PRICES_AS_OF,
  };
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
