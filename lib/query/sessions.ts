import { operationCount, sessionFolder } from '../hook/throttle.ts';
import { endOf } from '../store/sessions-table.ts';
import { type RawBuilder, sql } from 'kysely';
import { isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import type { ContextFigures } from '../features/context/figures.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, rowsOf } from './builder.ts';
import { readContextFigures } from './context-figures.ts';
import { isoOf, numberOf, textOf } from './row.ts';
import { tagsOf } from './session-tags.ts';

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
  /** What the client calls the session: as a person named it, else as the model did; `null` when the transcript tells none. */
  readonly title: string | null;
  /** `transcript` when an import told of it, `prompts` when nothing but its prompts was left; `null` when hooks told all that is known. */
  readonly imported: string | null;
  readonly model: string | null;
  readonly transcriptState: string;
  /** Words that a person put on it. */
  readonly tags: readonly string[];
  /** `null` before the first checkpoint. */
  readonly checkpointData: CheckpointData | null;
}

/** What checkpoints tell of a session. */
export interface CheckpointData {
  readonly lastAutoCheckpoint: string | null;
  /** Of the latest one, as its type is. */
  readonly savedBy: string | null;
  readonly operationCount: number;
  readonly checkpointType: string | null;
}

export interface SessionFilter {
  readonly limit: number;
  /** Absolute path: sessions in it, below it, or in that work tree. */
  readonly project?: string;
}

/** Sessions, latest first. @param windows The user's setting. */
export async function listSessions(
  database: Database,
  folder: StateFolder,
  { limit, project }: SessionFilter,
  windows: ModelWindows = [],
): Promise<readonly SessionSummary[]> {
  const latest = sessionRows().orderBy('s.last_event_at', 'desc').orderBy('s.id').limit(limit);
  const query =
    project === undefined
      ? latest
      : latest.where((eb) =>
          eb.or([
            eb('s.project', '=', project),
            eb('s.worktree', '=', project),
            eb(sql`substr(s.project, 1, length(${project}) + 1)`, '=', `${project}/`),
          ]),
        );
  return summariesOf(database, folder, await rowsOf(database, query), windows);
}

/** One session by its whole id. */
export async function readSession(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
): Promise<SessionSummary | undefined> {
  const rows = await rowsOf(database, sessionRows().where('s.id', '=', id));
  return (await summariesOf(database, folder, rows, windows))[0];
}

/** Hooks count what they are told; of an imported session the rows of its transcript are all there is. */
function countFor(ofHooks: RawBuilder<unknown>, ofImport: RawBuilder<unknown>) {
  return sql<number>`CASE WHEN s.imported IS NULL THEN (${ofHooks}) ELSE (${ofImport}) END`;
}

function sessionRows() {
  return queryBuilder()
    .selectFrom('sessions as s')
    .select(['s.id', 's.project', 's.worktree', 's.model', 's.transcript_state'])
    .select(['s.title', 's.imported'])
    .select(['s.started_at', 's.last_started_at', 's.ended_at'])
    .select(['s.first_event_at', 's.last_event_at'])
    .select(['s.operation_count', 's.last_auto_at'])
    .select(['s.checkpoint_at', 's.checkpoint_by', 's.checkpoint_kind'])
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
  const ids = rows.map((row) => textOf(row, 'id') ?? '');
  const contexts = await readContextFigures(database, ids, windows);
  const tags = await tagsOf(database, ids);
  return rows.map((row) => {
    const id = textOf(row, 'id') ?? '';
    return { ...summaryOf(row, folder, contexts.get(id)), tags: tags.get(id) ?? [] };
  });
}

function summaryOf(
  row: Row,
  folder: StateFolder,
  context: ContextFigures | undefined,
): Omit<SessionSummary, 'tags'> {
  const id = textOf(row, 'id') ?? '';
  const endedAt = endOf(row);
  return {
    id,
    project: textOf(row, 'project'),
    worktree: textOf(row, 'worktree'),
    startedAt: isoOf(row, 'started_at') ?? isoTime(numberOf(row, 'first_event_at') ?? 0),
    endedAt: endedAt === undefined ? null : isoTime(endedAt),
    operationCount: Math.max(
      numberOf(row, 'operation_count') ?? 0,
      operationCount(sessionFolder(folder.throttle, id)),
    ),
    failureCount: numberOf(row, 'failure_count') ?? 0,
    checkpointCount: numberOf(row, 'checkpoint_count') ?? 0,
    contextPercent: context?.percent ?? null,
    contextTokens: context?.tokens ?? null,
    lastEventAt: isoOf(row, 'last_event_at') ?? '',
    promptCount: numberOf(row, 'prompt_count') ?? 0,
    lastPrompt: textOf(row, 'typed_last') ?? textOf(row, 'written_last'),
    title: textOf(row, 'title'),
    imported: textOf(row, 'imported'),
    model: context?.model ?? textOf(row, 'model'),
    transcriptState: textOf(row, 'transcript_state') ?? 'unread',
    checkpointData: checkpointData(row),
  };
}

function checkpointData(row: Row): CheckpointData | null {
  if (numberOf(row, 'checkpoint_at') === null) return null;
  return {
    lastAutoCheckpoint: isoOf(row, 'last_auto_at'),
    savedBy: textOf(row, 'checkpoint_by'),
    operationCount: numberOf(row, 'operation_count') ?? 0,
    checkpointType: textOf(row, 'checkpoint_kind'),
  };
}
