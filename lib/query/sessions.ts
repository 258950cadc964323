import { operationCount, sessionFolder } from '../hook/throttle.ts';
import { endOf } from '../store/sessions-table.ts';
import { type RawBuilder, sql } from 'kysely';
import { isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import type { ContextFigures } from '../features/context/figures.ts';
import type { Database, Row } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readContextFigures } from './context-figures.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';
import { findSessionsWithTag, readSessionTags } from './session-tags.ts';

/** One session, as `sessions --json` shows it. Field names are a contract. */
export interface SessionSummary {
  readonly id: string;
  readonly project: string | null;
  readonly worktree: string | null;
  readonly startedAt: string;
  /** `null` while it runs, also again after it was resumed. */
  readonly endedAt: string | null;
  /** As the hooks counted, throttled calls included. */
  readonly operationCount: number;
  readonly failureCount: number;
  readonly checkpointCount: number;
  /** 0 to 100; `null` when the transcript was not read or the model's window is not known. */
  readonly contextPercent: number | null;
  /** What the model was given last; `null` when the transcript was not read. */
  readonly contextTokens: number | null;
  readonly lastEventAt: string;
  readonly promptCount: number;
  /** What the user typed last; `null` before the first prompt. */
  readonly lastPrompt: string | null;
  /**
   * What the client calls the session: as a person named it, else as the model did; `null` when the
   * transcript tells none.
   */
  readonly title: string | null;
  /**
   * `transcript` if it was imported, `prompts` if only its prompts were left, `null` if all is
   * known from hooks.
   */
  readonly imported: string | null;
  readonly model: string | null;
  readonly transcriptState: string;
  /** Words that a person put on it. */
  readonly tags: readonly string[];
  /** `null` before the first checkpoint. */
  readonly checkpointData: CheckpointData | null;
}

/** What the checkpoints of a session contain. */
export interface CheckpointData {
  readonly lastAutoCheckpoint: string | null;
  /** Of the latest one, as its type is. */
  readonly savedBy: string | null;
  readonly operationCount: number;
  readonly checkpointType: string | null;
}

export interface SessionFilter {
  readonly limit: number;
  /** How many of the latest sessions to skip. */
  readonly offset?: number;
  readonly tag?: string;
  /** Absolute path: sessions in it, below it, or in that work tree. */
  readonly project?: string;
}

/** Sessions, latest first. @param windows The user's setting. */
export async function listSessions(
  database: Database,
  folder: StateFolder,
  { limit, offset = 0, project, tag }: SessionFilter,
  windows: ModelWindows = [],
): Promise<readonly SessionSummary[]> {
  const all = plainColumns().orderBy('s.last_event_at', 'desc').orderBy('s.id');
  const some = all.limit(limit).offset(offset);
  const latest =
    tag === undefined
      ? some
      : some.where('s.id', 'in', idsIn(await findSessionsWithTag(database, tag)));
  const page =
    project === undefined
      ? latest
      : latest.where((eb) =>
          eb.or([
            eb('s.project', '=', project),
            eb('s.worktree', '=', project),
            eb(sql`substr(s.project, 1, length(${project}) + 1)`, '=', `${project}/`),
          ]),
        );
  const query = sessionRows(page).orderBy('s.last_event_at', 'desc').orderBy('s.id');
  return summariesOf(database, folder, await runQuery(database, query), windows);
}

function idsIn(ids: readonly string[]) {
  return queryBuilder().selectFrom(bindList(ids).as('l')).select('l.value');
}

/** Returns sessions by their whole ids; an unknown one is left out. */
export async function readSessions(
  database: Database,
  folder: StateFolder,
  ids: readonly string[],
  windows: ModelWindows = [],
): Promise<ReadonlyMap<string, SessionSummary>> {
  const rows = await runQuery(
    database,
    sessionRows(plainColumns().where('s.id', 'in', idsIn(ids))),
  );
  const summaries = await summariesOf(database, folder, rows, windows);
  return new Map(summaries.map((summary) => [summary.id, summary]));
}

/** One session by its whole id. */
export async function readSession(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
): Promise<SessionSummary | undefined> {
  const rows = await runQuery(database, sessionRows(plainColumns().where('s.id', '=', id)));
  return (await summariesOf(database, folder, rows, windows))[0];
}

/**
 * Hooks count the calls they see. For an imported session, the rows of its transcript are all there
 * is.
 */
function countFor(ofHooks: RawBuilder<unknown>, ofImport: RawBuilder<unknown>) {
  return sql<number>`CASE WHEN s.imported IS NULL THEN (${ofHooks}) ELSE (${ofImport}) END`;
}

function plainColumns() {
  return queryBuilder()
    .selectFrom('sessions as s')
    .select(['s.id', 's.project', 's.worktree', 's.model', 's.transcript_state'])
    .select(['s.title', 's.imported'])
    .select(['s.started_at', 's.last_started_at', 's.ended_at'])
    .select(['s.first_event_at', 's.last_event_at'])
    .select(['s.operation_count', 's.last_auto_at'])
    .select(['s.checkpoint_at', 's.checkpoint_by', 's.checkpoint_kind']);
}

/**
 * The same with what other tables have. PostgreSQL would look for that of sessions that it skips,
 * too, if the limit was not on the inner query.
 */
function sessionRows(sessions: ReturnType<typeof plainColumns>) {
  return queryBuilder()
    .selectFrom(sessions.as('s'))
    .selectAll('s')
    .select([
      countFor(
        sql`SELECT count(*) FROM prompts WHERE session_id = s.id`,
        sql`SELECT count(*) FROM messages WHERE session_id = s.id AND role = 'prompt'`,
      ).as('prompt_count'),
      countFor(
        sql`SELECT count(*) FROM failures WHERE session_id = s.id`,
        sql`SELECT count(*) FROM operation_outcomes WHERE session_id = s.id AND outcome = 'failed'`,
      ).as('failure_count'),
    ])
    .select((eb) => [
      eb
        .selectFrom('session_log as l')
        .innerJoin('prompts as t', (join) =>
          join.onRef('t.session_id', '=', 'l.session_id').onRef('t.id', '=', 'l.id'),
        )
        .select('l.detail')
        .whereRef('l.session_id', '=', 's.id')
        .where('l.kind', '=', 'prompt_submitted')
        .orderBy('l.at', 'desc')
        .orderBy('l.id', 'desc')
        .limit(1)
        .as('typed_last'),
      eb
        .selectFrom('messages as m')
        .select('m.text')
        .whereRef('m.session_id', '=', 's.id')
        .where('m.role', '=', 'prompt')
        .where('s.imported', 'is not', null)
        .orderBy('m.at', 'desc')
        .orderBy('m.id')
        .limit(1)
        .as('written_last'),
      eb
        .selectFrom('checkpoints as c')
        .select(eb.fn.countAll<number>().as('n'))
        .whereRef('c.session_id', '=', 's.id')
        .as('checkpoint_count'),
    ]);
}

/** What is known beside the rows is read for all of them at once. */
async function summariesOf(
  database: Database,
  folder: StateFolder,
  rows: readonly Row[],
  windows: ModelWindows,
): Promise<readonly SessionSummary[]> {
  const ids = rows.map((row) => readTextColumn(row, 'id') ?? '');
  const contexts = await readContextFigures(database, ids, windows);
  const tags = await readSessionTags(database, ids);
  return rows.map((row) => {
    const id = readTextColumn(row, 'id') ?? '';
    return { ...summaryOf(row, folder, contexts.get(id)), tags: tags.get(id) ?? [] };
  });
}

function summaryOf(
  row: Row,
  folder: StateFolder,
  context: ContextFigures | undefined,
): Omit<SessionSummary, 'tags'> {
  const id = readTextColumn(row, 'id') ?? '';
  const endedAt = endOf(row);
  return {
    id,
    project: readTextColumn(row, 'project'),
    worktree: readTextColumn(row, 'worktree'),
    startedAt:
      readIsoColumn(row, 'started_at') ?? isoTime(readNumberColumn(row, 'first_event_at') ?? 0),
    endedAt: endedAt === undefined ? null : isoTime(endedAt),
    operationCount: Math.max(
      readNumberColumn(row, 'operation_count') ?? 0,
      operationCount(sessionFolder(folder.throttle, id)),
    ),
    failureCount: readNumberColumn(row, 'failure_count') ?? 0,
    checkpointCount: readNumberColumn(row, 'checkpoint_count') ?? 0,
    contextPercent: context?.percent ?? null,
    contextTokens: context?.tokens ?? null,
    lastEventAt: readIsoColumn(row, 'last_event_at') ?? '',
    promptCount: readNumberColumn(row, 'prompt_count') ?? 0,
    lastPrompt: readTextColumn(row, 'typed_last') ?? readTextColumn(row, 'written_last'),
    title: readTextColumn(row, 'title'),
    imported: readTextColumn(row, 'imported'),
    model: context?.model ?? readTextColumn(row, 'model'),
    transcriptState: readTextColumn(row, 'transcript_state') ?? 'unread',
    checkpointData: checkpointData(row),
  };
}

function checkpointData(row: Row): CheckpointData | null {
  if (readNumberColumn(row, 'checkpoint_at') === null) return null;
  return {
    lastAutoCheckpoint: readIsoColumn(row, 'last_auto_at'),
    savedBy: readTextColumn(row, 'checkpoint_by'),
    operationCount: readNumberColumn(row, 'operation_count') ?? 0,
    checkpointType: readTextColumn(row, 'checkpoint_kind'),
  };
}
