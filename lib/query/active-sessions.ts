import { sql } from 'kysely';
import type { ModelWindows } from '../claude/model-windows.ts';
import type { OwnPrice } from '../claude/prices.ts';
import { HOUR_MS, isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database, Row } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { type Cost, readSessionCosts } from './cost.ts';
import { readNumberColumn, readTextColumn } from './row.ts';
import { readLiveSessions, type SessionState } from './session-states.ts';
import { readSessions, type SessionSummary } from './sessions.ts';

/** A session that has not ended, with what it does. Field names are a contract. */
export interface ActiveSession {
  readonly session: SessionSummary;
  readonly state: SessionState;
  /** Its latest call; `null` before the first. */
  readonly lastCall: LastCall | null;
  /** Agents that it started and that have not stopped. */
  readonly openAgents: number;
  /** Of its answers so far, those of its agents included; `null` where none is known. */
  readonly cost: Cost | null;
}

export interface LastCall {
  readonly tool: string | null;
  readonly target: string | null;
  /** `ok`, `failed`, `rejected` or `running`. */
  readonly outcome: string;
  readonly at: string | null;
}

/** Agents that began earlier and never stopped are those of a killed client. */
const AGENT_MS = HOUR_MS;

/** More sessions than a person looks through. */
const MAX_SESSIONS = 40;

export interface ActiveSessionsParts {
  readonly folder: StateFolder;
  readonly now: number;
  readonly windows: ModelWindows;
  readonly prices: readonly OwnPrice[];
}

/** Returns the sessions that are neither ended nor lost, the most urgent for their user first. */
export async function readActiveSessions(
  database: Database,
  { folder, now, windows, prices }: ActiveSessionsParts,
): Promise<readonly ActiveSession[]> {
  const live = (await readLiveSessions(database, { folder, now })).slice(0, MAX_SESSIONS);
  const ids = live.map(({ id }) => id);
  const summaries = await readSessions(database, folder, ids, windows);
  const calls = await lastCalls(database, ids);
  const agents = await openAgents(database, ids, now - AGENT_MS);
  const costs = await readSessionCosts(database, ids, prices);
  return live.flatMap(({ id, ...state }) => {
    const session = summaries.get(id);
    if (session === undefined) return []; // forgotten between two reads
    return {
      ...{ session, state, lastCall: calls.get(id) ?? null },
      ...{ openAgents: agents.get(id) ?? 0, cost: costs.get(id) ?? null },
    };
  });
}

/**
 * The latest call of each session. `at` is empty for a call that only a hook reported, until its
 * transcript is read. So both kinds are queried, each by its index.
 */
async function lastCalls(
  database: Database,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, LastCall>> {
  const latest = sql`(SELECT o.tool_use_id FROM operations AS o WHERE o.session_id = w.value
    AND o.at IS NOT NULL ORDER BY o.at DESC LIMIT 1)`;
  const unread = sql`(SELECT o.tool_use_id FROM operations AS o WHERE o.session_id = w.value
    AND o.at IS NULL ORDER BY o.hook_at DESC LIMIT 1)`;
  const query = queryBuilder()
    .selectFrom(bindList(sessions).as('w'))
    .innerJoin('operation_outcomes as c', (join) =>
      join.on(sql<boolean>`c.tool_use_id IN (${latest}, ${unread})`),
    )
    .select(['w.value as session', 'c.tool', 'c.target', 'c.outcome', 'c.at'])
    .orderBy('w.key')
    .orderBy('c.at');
  return new Map(
    (await runQuery(database, query)).map((row) => [
      readTextColumn(row, 'session') ?? '',
      callOf(row),
    ]),
  );
}

function callOf(row: Row): LastCall {
  const at = readNumberColumn(row, 'at');
  return {
    tool: readTextColumn(row, 'tool'),
    target: readTextColumn(row, 'target'),
    outcome: readTextColumn(row, 'outcome') ?? 'running',
    at: at === null ? null : isoTime(at),
  };
}

async function openAgents(
  database: Database,
  sessions: readonly string[],
  since: number,
): Promise<ReadonlyMap<string, number>> {
  const query = queryBuilder()
    .selectFrom(bindList(sessions).as('w'))
    .innerJoin('agents as a', 'a.session_id', 'w.value')
    .select((eb) => ['w.value as session', eb.fn.countAll<number>().as('n')])
    .where('a.stopped_at', 'is', null)
    .where('a.started_at', '>=', since)
    .groupBy('w.value');
  return new Map(
    (await runQuery(database, query)).map((row) => [
      readTextColumn(row, 'session') ?? '',
      readNumberColumn(row, 'n') ?? 0,
    ]),
  );
}
