import { sql } from 'kysely';
import { type ModelWindows, parseModelWindows } from '../claude/model-windows.ts';
import { type OwnPrice, parseOwnPrices } from '../claude/prices.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { ConfigSources } from '../config/resolve-settings.ts';
import { countOutbox, EMPTY_OUTBOX, type OutboxCounts } from '../delivery/table.ts';
import type { Database } from '../store/database.ts';
import { countRows, queryBuilder, runQuery, runText } from './builder.ts';
import { type Cost, readCost } from './cost.ts';
import { readNumberColumn } from './row.ts';
import { isOfTeam, readFromStore, type StoreView } from './store-view.ts';

/** Deliveries that are not done; all 0 while the store cannot be read. */
export function readOutbox(view: StoreView): Promise<OutboxCounts> {
  return readFromStore(view, EMPTY_OUTBOX, async (database) => countOutbox(database));
}

/** How much the store has ever taken in, and what it knows. */
export interface StoreCounts {
  /** Never falls, also when events are deleted. */
  readonly eventsStored: number;
  readonly failurePatterns: number;
}

/** Each machine numbers its events, and the team knows up to which it has them. */
const EVENTS_OF_TEAM = 'SELECT sum(applied_events) AS seq FROM waymark_rows.hosts';

/** Two looks into an index. */
export async function readStoreCounts(database: Database): Promise<StoreCounts> {
  const last = queryBuilder()
    .selectFrom(sql<{ readonly name: string; readonly seq: number }>`sqlite_sequence`.as('q'))
    .select('q.seq')
    .where('q.name', '=', 'events');
  const [row = {}] = isOfTeam(database)
    ? await runText(database, EVENTS_OF_TEAM)
    : await runQuery(database, last);
  return {
    eventsStored: readNumberColumn(row, 'seq') ?? 0,
    failurePatterns: await countRows(database, 'failure_patterns'),
  };
}

/** What the answers since midnight, by the local clock, cost; `undefined` when there are none. */
export async function readCostToday(
  database: Database,
  now: number,
  prices: readonly OwnPrice[],
): Promise<Cost | undefined> {
  const since = new Date(now).setHours(0, 0, 0, 0);
  const { total } = await readCost(database, { by: 'day', since, limit: 1, prices });
  return total.answers === 0 ? undefined : total;
}

/** The user's settings that figures depend on. */
export interface FigureSettings {
  readonly windows: ModelWindows;
  readonly prices: readonly OwnPrice[];
  /** Most bytes of the state folder. */
  readonly diskBudget: number;
}

/** Those of the environment and the user's file. */
export function readFigureSettings(sources: ConfigSources): FigureSettings {
  const { modelWindows, modelPrices, diskBudget } = resolveConfig(sources).values;
  return {
    windows: parseModelWindows(modelWindows),
    prices: parseOwnPrices(modelPrices),
    diskBudget,
  };
}
