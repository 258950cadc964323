import { sql } from 'kysely';
import { agentWrittenAt } from '../features/process/stale-agents.ts';
import type { ClientProcess } from '../hook/client-process.ts';
import { lastOperationAt, sessionFolder } from '../hook/throttle.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { groupBy } from '../core/group-by.ts';
import type { Database, Row } from '../store/database.ts';
import { endOf } from '../store/sessions-table.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { CLOCK_WENT_BACK, settleOrder } from './moved-clock.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** What the state of a session follows from. Times are milliseconds since the epoch. */
export interface SessionFacts {
  readonly id: string;
  readonly endedAt: number | undefined;
  /** When it ended before it was resumed, if ever. */
  readonly earlierEndAt: number | undefined;
  readonly isImported: boolean;
  /** The latest start, also after a compaction. */
  readonly startedAt: number;
  /** The latest start of a process: a turn from before it is over. */
  readonly openedAt: number;
  readonly lastEventAt: number;
  /** The process of Claude Code; `undefined` where no hook named it. */
  readonly client: ClientProcess | undefined;
  readonly transcriptPath: string | undefined;
  /** The latest prompt, also one that no person typed. */
  readonly promptAt: number;
  /** The latest end of a turn of the main conversation, and whether an API error ended it. */
  readonly stop: Stop | undefined;
  /** When a prompt was last not sent, because a budget is used up. */
  readonly blockedAt: number;
  /** The latest event or tool call that shows work. */
  readonly workedAt: number;
  /** Since when the context is being compacted, unless that is over. */
  readonly compactingAt: number | undefined;
  readonly notification: Notification | undefined;
  /** Agents that have not ended: when each was started, and when it last did something. */
  readonly agents: ReadonlyArray<{ readonly startedAt: number; readonly seenAt: number }>;
  /** Subscription windows of its account that are used up. */
  readonly fullWindows: ReadonlyArray<{ readonly seenAt: number; readonly resetsAt: number }>;
}

export interface Stop {
  readonly at: number;
  readonly isFailure: boolean;
  /** What the API or the client said; `''` where the turn ended well. */
  readonly error: string;
}

export interface Notification {
  readonly at: number;
  /** `permission`, `input` or `nothing`. */
  readonly awaited: string;
  readonly message: string;
}

/** Percent from which on a window is used up. */
const FULL = 100;

/** Reads the facts of these sessions, in no order. */
export async function readSessionFacts(
  database: Database,
  folder: StateFolder,
  ids: readonly string[],
  now: number,
): Promise<readonly SessionFacts[]> {
  const rows = await settleOrder(database, await runQuery(database, factRows(ids)), NO_WORK);
  const agents = groupBy(await runQuery(database, selectAgents(ids)), sessionOf);
  const windows = groupBy(
    await runQuery(database, windowRows(now)),
    (row) => readTextColumn(row, 'config_folder') ?? '',
  );
  return rows.map((row) => {
    const id = readTextColumn(row, 'id') ?? '';
    const byPresentClock = (at: number): number =>
      at > now ? (readNumberColumn(row, 'set_back_at') ?? at) : at;
    return {
      ...{ id, endedAt: endOf(row), isImported: readTextColumn(row, 'imported') !== null },
      ...timesOf(row),
      ...{
        client: clientOf(row),
        transcriptPath: readTextColumn(row, 'transcript_path') ?? undefined,
      },
      workedAt: Math.max(
        readNumberColumn(row, 'hooked_at') ?? 0,
        byPresentClock(lastOperationAt(sessionFolder(folder.throttle, id)) ?? 0),
      ),
      ...{ stop: stopOf(row), notification: notificationOf(row) },
      agents: (agents.get(id) ?? []).map(agentOf).map(({ startedAt, seenAt }) => ({
        startedAt: byPresentClock(startedAt),
        seenAt: byPresentClock(seenAt),
      })),
      fullWindows: (windows.get(readTextColumn(row, 'config_folder') ?? '') ?? []).map(
        (window) => ({
          seenAt: readNumberColumn(window, 'at') ?? 0,
          resetsAt: readNumberColumn(window, 'resets_at') ?? 0,
        }),
      ),
    };
  });
}

function sessionOf(row: Row): string {
  return readTextColumn(row, 'session_id') ?? '';
}

function timesOf(row: Row) {
  const startedAt =
    readNumberColumn(row, 'begun_at') ??
    readNumberColumn(row, 'started_at') ??
    readNumberColumn(row, 'first_event_at') ??
    0;
  const compactedAt = readNumberColumn(row, 'compacted_at') ?? 0;
  return {
    startedAt,
    earlierEndAt: readNumberColumn(row, 'ended_at') ?? undefined,
    lastEventAt: readNumberColumn(row, 'last_event_at') ?? 0,
    promptAt: readNumberColumn(row, 'prompt_at') ?? 0,
    openedAt: readNumberColumn(row, 'opened_at') ?? 0,
    blockedAt: readNumberColumn(row, 'blocked_at') ?? 0,
    // the session starts again after the compaction
    compactingAt: compactedAt > startedAt ? compactedAt : undefined,
  };
}

function clientOf(row: Row): ClientProcess | undefined {
  const pid = readNumberColumn(row, 'client_pid');
  const started = readTextColumn(row, 'client_started');
  return pid === null ? undefined : { pid, ...(started === null ? {} : { started }) };
}

function stopOf(row: Row): Stop | undefined {
  const at = readNumberColumn(row, 'stopped_at');
  if (at === null) return undefined;
  const isFailure = readTextColumn(row, 'stopped_by') === 'hook/StopFailure';
  const error = `${readTextColumn(row, 'turn_error') ?? ''} ${readTextColumn(row, 'stop_note') ?? ''}`;
  return { at, isFailure, error: isFailure ? error : '' };
}

function notificationOf(row: Row): Notification | undefined {
  const at = readNumberColumn(row, 'notified_at');
  if (at === null) return undefined;
  const [, awaited = 'nothing', message = ''] =
    /^(\w+): (.*)$/s.exec(readTextColumn(row, 'notified') ?? '') ?? [];
  return { at, awaited, message };
}

function agentOf(row: Row): SessionFacts['agents'][number] {
  const startedAt = readNumberColumn(row, 'started_at') ?? 0;
  const workedAt = readNumberColumn(row, 'worked_at') ?? 0;
  return { startedAt, seenAt: Math.max(startedAt, workedAt, agentWrittenAt(row) ?? 0) };
}

/** Events of hooks that show no work of the main conversation. */
const NO_WORK = [
  ...['SessionStart', 'SessionEnd', 'Notification', 'PreCompact', 'SubagentStop', 'statusline'],
]
  .map((name) => `'hook/${name}'`)
  .join(', ');

function factRows(ids: readonly string[]) {
  const latest = (columns: string, from: string) =>
    sql<number>`(SELECT ${sql.raw(columns)} FROM ${sql.raw(from)} ORDER BY at DESC LIMIT 1)`;
  const stop = `checkpoints c WHERE c.session_id = s.id AND c.kind = 'stop' AND c.agent_id IS NULL`;
  const logged = (kind: string) => `session_log l WHERE l.session_id = s.id AND l.kind = '${kind}'`;
  return queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('sessions as s', 's.id', 'wanted.value')
    .select(['s.id', 's.imported', 's.ended_at', 's.last_started_at', 's.started_at'])
    .select(['s.last_event_at', 's.client_pid', 's.client_started', 's.transcript_path'])
    .select(['s.first_event_at', 's.config_folder'])
    .select([
      CLOCK_WENT_BACK.as('went_back'),
      latest('at', logged('prompt_submitted')).as('prompt_at'),
      latest('at', logged('started')).as('begun_at'),
      latest('at', logged('budget_told')).as('blocked_at'),
      latest('at', `${logged('started')} AND l.detail IS NOT 'compact'`).as('opened_at'),
      latest('at', logged('notified')).as('notified_at'),
      latest('detail', logged('notified')).as('notified'),
      latest('at', stop).as('stopped_at'),
      latest('saved_by', stop).as('stopped_by'),
      latest('note', stop).as('stop_note'),
      latest(
        'error',
        `failures f WHERE f.session_id = s.id AND f.tool = 'turn' AND f.agent_id IS NULL`,
      ).as('turn_error'),
      latest('at', `checkpoints c WHERE c.session_id = s.id AND c.kind = 'pre-compact'`).as(
        'compacted_at',
      ),
      sql<number>`(SELECT e.at FROM events e WHERE e.session_id = s.id AND e.source LIKE 'hook/%'
        AND e.source NOT IN (${sql.raw(NO_WORK)}) ORDER BY e.at DESC LIMIT 1)`.as('hooked_at'),
    ]);
}

/** Agents that began and did not end. */
function selectAgents(ids: readonly string[]) {
  return queryBuilder()
    .selectFrom(bindList(ids).as('wanted'))
    .innerJoin('agents as a', 'a.session_id', 'wanted.value')
    .innerJoin('sessions as s', 's.id', 'a.session_id')
    .select(['a.session_id', 'a.agent_id', 'a.started_at', 's.transcript_path'])
    .select(
      sql<number>`(SELECT max(coalesce(o.ended_at, o.at)) FROM operations o
        WHERE o.session_id = a.session_id AND o.agent_id = a.agent_id)`.as('worked_at'),
    )
    .where('a.started_at', 'is not', null)
    .where('a.stopped_at', 'is', null)
    .where('a.stale_at', 'is', null)
    .where('a.reported_at', 'is', null);
}

function windowRows(now: number) {
  return queryBuilder()
    .selectFrom('account_limits')
    .select(['config_folder', 'at', 'resets_at'])
    .where('used', '>=', FULL)
    .where('resets_at', '>', now);
}
