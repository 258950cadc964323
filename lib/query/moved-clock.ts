import { sql } from 'kysely';
import { groupBy } from '../core/group-by.ts';
import type { Database, Row } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** Sources of events that follow their cause late, so that they say little about the clock. */
const LATE = `('hook/SubagentStop', 'hook/statusline')`;

/**
 * SQL: 1 where an event of the session `s` was stored after its latest one, at an earlier time. The
 * clock was set back in between; an event that only overtook others is stored after they happened.
 */
export const CLOCK_WENT_BACK = sql<number>`CASE WHEN EXISTS (
  SELECT 1 FROM (SELECT seq, at FROM events WHERE session_id = s.id AND source NOT IN ${sql.raw(LATE)}
    ORDER BY at DESC LIMIT 1) AS m
  JOIN events AS e ON e.session_id = s.id AND e.at < m.at AND e.seq > m.seq AND e.stored_at < m.at
) THEN 1 ELSE 0 END`;

/** The times of the events of a session, in the order in which they happened. */
export interface EventOrder {
  /** When an event happened by the clock as it is now, by its id. */
  readonly times: ReadonlyMap<string, number>;
  /** Everything from before the clock was last set back happened before this. */
  readonly setBackAt: number;
}

/**
 * Moves the times of events from before the clock was set back by as much as makes them earlier
 * than what was stored afterwards.
 * @param events Those of one session, in the order in which they were stored.
 */
export function orderEvents(events: readonly Row[]): EventOrder {
  const moves = movesOf(events);
  const times = new Map<string, number>();
  let [movedBy, setBackAt] = [0, 0];
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const row = events[index] ?? {};
    const at = (readNumberColumn(row, 'at') ?? 0) - movedBy;
    times.set(readTextColumn(row, 'id') ?? '', at);
    if (moves.has(index) && setBackAt === 0) setBackAt = at - 1;
    movedBy += moves.get(index) ?? 0;
  }
  return { times, setBackAt };
}

/** By the place of the first event after each: by how much everything before it is too late. */
function movesOf(events: readonly Row[]): ReadonlyMap<number, number> {
  const moves = new Map<number, number>();
  let latest = 0;
  for (const [index, row] of events.entries()) {
    const at = readNumberColumn(row, 'at') ?? 0;
    if ((readNumberColumn(row, 'stored_at') ?? at) < latest) {
      moves.set(index, latest - at + 1);
      latest = at;
    }
    latest = Math.max(latest, at);
  }
  return moves;
}

/** What is noted of a session, each with its event's id and the time that it happened. */
interface Noted {
  readonly kind: string;
  readonly at: number;
  readonly row: Row;
}

/**
 * Returns the rows of facts with the times of {@link orderEvents} where the clock was set back, and
 * the others as they are.
 * @param noWork SQL: sources whose events show no work.
 */
export async function settleOrder(
  database: Database,
  rows: readonly Row[],
  noWork: string,
): Promise<readonly Row[]> {
  const ids = rows
    .filter((row) => readNumberColumn(row, 'went_back') === 1)
    .map((row) => readTextColumn(row, 'id') ?? '');
  if (ids.length === 0) return rows;
  const bySession = (list: readonly Row[]) =>
    groupBy(list, (row) => readTextColumn(row, 'session_id') ?? '');
  const events = bySession(await runQuery(database, selectEvents(ids, noWork)));
  const noted = bySession([
    ...(await runQuery(database, selectLog(ids))),
    ...(await runQuery(database, selectCheckpoints(ids))),
  ]);
  return rows.map((row) => {
    const own = events.get(readTextColumn(row, 'id') ?? '');
    return own === undefined || readNumberColumn(row, 'went_back') !== 1
      ? row
      : { ...row, ...settledFacts(own, noted.get(readTextColumn(row, 'id') ?? '') ?? []) };
  });
}

function settledFacts(events: readonly Row[], rows: readonly Row[]): Row {
  const { times, setBackAt } = orderEvents(events);
  const noted = rows.map((row): Noted => {
    const at = times.get(readTextColumn(row, 'id') ?? '') ?? readNumberColumn(row, 'at') ?? 0;
    return { kind: readTextColumn(row, 'kind') ?? '', at, row };
  });
  const latest = (isWanted: (one: Noted) => boolean): Noted | undefined =>
    noted.filter(isWanted).toSorted((one, other) => other.at - one.at)[0];
  const of = (...kinds: readonly string[]) => latest(({ kind }) => kinds.includes(kind));
  const opened = latest(({ kind, row }) => kind === 'started' && row['detail'] !== 'compact');
  const [notified, stop] = [of('notified'), of('stop')];
  const worked = events.filter((row) => readNumberColumn(row, 'works') === 1);
  return {
    ...{ set_back_at: setBackAt, prompt_at: of('prompt_submitted')?.at ?? null },
    ...{ begun_at: of('started')?.at ?? null, opened_at: opened?.at ?? null },
    ...{ blocked_at: of('budget_told')?.at ?? null, compacted_at: of('pre-compact')?.at ?? null },
    ...{ notified_at: notified?.at ?? null, notified: notified?.row['detail'] ?? null },
    ...{ stopped_at: stop?.at ?? null, stopped_by: stop?.row['saved_by'] ?? null },
    ...{ stop_note: stop?.row['note'] ?? null, ended_at: of('ended')?.at ?? null },
    last_started_at: of('started', 'prompt_submitted')?.at ?? null,
    last_event_at: latestOf(events, times),
    hooked_at: worked.length === 0 ? null : latestOf(worked, times),
  };
}

function latestOf(events: readonly Row[], times: EventOrder['times']): number {
  return events.reduce(
    (latest, row) => Math.max(latest, times.get(readTextColumn(row, 'id') ?? '') ?? 0),
    0,
  );
}

function selectEvents(ids: readonly string[], noWork: string) {
  return queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('events as e', 'e.session_id', 'wanted.value')
    .select(['e.session_id', 'e.id', 'e.at', 'e.stored_at'])
    .select(
      sql<number>`CASE WHEN e.source LIKE 'hook/%' AND e.source NOT IN (${sql.raw(noWork)})
        THEN 1 ELSE 0 END`.as('works'),
    )
    .orderBy('e.seq');
}

function selectLog(ids: readonly string[]) {
  return queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('session_log as l', 'l.session_id', 'wanted.value')
    .select(['l.session_id', 'l.id', 'l.at', 'l.kind', 'l.detail']);
}

/** Ends of turns and compactions of the main conversation. */
function selectCheckpoints(ids: readonly string[]) {
  return queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('checkpoints as c', 'c.session_id', 'wanted.value')
    .select(['c.session_id', 'c.id', 'c.at', 'c.kind', 'c.saved_by', 'c.note'])
    .where('c.kind', 'in', ['stop', 'pre-compact'])
    .where('c.agent_id', 'is', null);
}
