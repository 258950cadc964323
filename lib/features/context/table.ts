import { hasEndedSql } from '../../store/sessions-table.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';

/** The window that the client's status line reported last for a session, with its model. */
export const CONTEXT_WINDOWS: TableDefinition = {
  table: 'context_windows',
  key: ['session_id'],
  latest: [['at', 'window', 'model']],
};

/** When a threshold was first crossed. `epoch` is the number of compactions before that. */
export const CONTEXT_CROSSINGS: TableDefinition = {
  table: 'context_crossings',
  key: ['session_id', 'epoch', 'threshold'],
  least: ['at'],
};

/** What can happen to a file. */
export const CHANGE_KINDS = ['created', 'modified', 'deleted', 'moved'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Changes of one kind in one folder within one minute. */
export interface ChangeCount {
  readonly project: string;
  /** Start of the minute, milliseconds since the epoch. */
  readonly minute: number;
  readonly kind: ChangeKind;
  readonly count: number;
}

/** File changes in a folder. */
export type Activity = Readonly<Record<ChangeKind, number>> & {
  /** Start of the minute of the last change, milliseconds since the epoch. */
  readonly lastAt: number;
};

/** A folder whose tree is being watched. */
export interface WatchedProject {
  readonly project: string;
  /** Folders of the tree that are watched. */
  readonly folders: number;
  /**
   * Whether some folders are not watched, because there are too many or the system allows no more.
   */
  readonly isCut: boolean;
  /** The reason that the system gave, if any. */
  readonly trouble: string | null;
}

/** Adds counts to the stored ones. Call it inside a transaction. */
export function addActivity(database: Database, counts: readonly ChangeCount[]): void {
  const add =
    database.prepare(`INSERT INTO file_activity (project, at, kind, count) VALUES (?, ?, ?, ?)
    ON CONFLICT (project, at, kind) DO UPDATE SET count = count + excluded.count`);
  for (const { project, minute, kind, count } of counts) add.run(project, minute, kind, count);
}

/** Returns the file changes in a folder since a time; `undefined` if there are none. */
export function readProjectActivity(
  database: Database,
  project: string,
  since: number,
): Activity | undefined {
  const rows = database
    .prepare(
      'SELECT kind, sum(count) AS n, max(at) AS last FROM file_activity WHERE project = ? AND at >= ? GROUP BY kind',
    )
    .all(project, since);
  if (rows.length === 0) return undefined;
  const of = (kind: ChangeKind): number =>
    numberField(rows.find((row) => row['kind'] === kind) ?? {}, 'n') ?? 0;
  const lastAt = Math.max(...rows.map((row) => numberField(row, 'last') ?? 0));
  return {
    created: of('created'),
    modified: of('modified'),
    deleted: of('deleted'),
    moved: of('moved'),
    lastAt,
  };
}

/** Replaces the list of watched folders. Call it inside a transaction. */
export function saveWatchedProjects(
  database: Database,
  watched: readonly WatchedProject[],
  now: number,
): void {
  database.exec('DELETE FROM watched_projects');
  const insert = database.prepare(
    'INSERT INTO watched_projects (project, folders, is_cut, trouble, at) VALUES (?, ?, ?, ?, ?)',
  );
  for (const { project, folders, isCut, trouble } of watched)
    insert.run(project, folders, isCut ? 1 : 0, trouble, now);
}

/** Events that hooks make while a session waits: they do not show that it is at work. */
const PASSIVE = "'session.window_seen', 'account.limits_seen', 'session.notified'";

/**
 * The latest event from a hook, and the latest end of a turn. Events about our own actions do not
 * count.
 */
const LIVE = `SELECT id, project, transcript_path,
    (SELECT at FROM events e WHERE e.session_id = s.id AND source LIKE 'hook/%' AND type NOT IN (${PASSIVE}) ORDER BY at DESC LIMIT 1) AS hooked_at,
    (SELECT at FROM checkpoints c WHERE c.session_id = s.id AND kind = 'stop' ORDER BY at DESC LIMIT 1) AS stopped_at
  FROM sessions s
  WHERE last_event_at BETWEEN ?1 AND ?2 AND NOT ${hasEndedSql()}
  ORDER BY last_event_at DESC, id`;

/**
 * Returns sessions that have not ended and had an event between these times (both included), latest
 * first.
 */
export function listLiveSessions(database: Database, from: number, to: number): readonly Row[] {
  return database.prepare(LIVE).all(from, to);
}

const SINCE_COMPACTION = `r.session_id = ?1 AND r.at > coalesce((SELECT max(placed_at) FROM context_samples WHERE session_id = ?1 AND message_id BETWEEN 'compaction ' AND 'compaction~'), -1)`;
const GROUPED = `FROM result_sizes r JOIN operations o ON o.tool_use_id = r.tool_use_id WHERE ${SINCE_COMPACTION}`;

const LARGEST = `SELECT o.tool AS tool, o.target AS target, count(*) AS results, sum(r.size) AS size ${GROUPED}
  GROUP BY o.tool, o.target ORDER BY size DESC, tool, target LIMIT ?2`;

const BY_TOOL = `SELECT o.tool AS tool, '' AS target, count(*) AS results, sum(r.size) AS size ${GROUPED}
  GROUP BY o.tool ORDER BY size DESC, tool LIMIT ?2`;

/**
 * All results except the last one of a target: an earlier state of a file, or an earlier run of a
 * command.
 */
const OUTDATED = `SELECT tool, target, count(*) AS results, sum(size) AS size FROM (
    SELECT o.tool AS tool, o.target AS target, r.size AS size,
      row_number() OVER (PARTITION BY o.tool, o.target ORDER BY r.at DESC, r.tool_use_id) AS age ${GROUPED} AND o.target <> '')
  WHERE age > 1 GROUP BY tool, target ORDER BY size DESC, tool, target LIMIT ?2`;

export type WhichFills = 'by tool' | 'largest' | 'outdated';

const FILLS: Readonly<Record<WhichFills, string>> = {
  'by tool': BY_TOOL,
  largest: LARGEST,
  outdated: OUTDATED,
};

/** Returns the large results of a session since its last compaction, summed up. */
export function readLargeResults(
  database: Database,
  session: string,
  which: WhichFills,
  most: number,
): readonly Row[] {
  return database.prepare(FILLS[which]).all(session, most);
}

/** By the key of the table. */
const COMPACTIONS = "message_id BETWEEN 'compaction ' AND 'compaction~'";
const SAMPLE = 'SELECT tokens, at, model FROM context_samples';
/** Only old stores have two samples with the same position; then the compaction came later. */
const LATEST = `${SAMPLE} WHERE session_id = ?1 AND placed_at = (SELECT max(placed_at) FROM context_samples WHERE session_id = ?1) ORDER BY ${COMPACTIONS} DESC, tokens DESC LIMIT 1`;
const LATEST_COMPACTION = `${SAMPLE} WHERE session_id = ? AND ${COMPACTIONS} ORDER BY placed_at DESC LIMIT 1`;
const LAST_MODEL = `${SAMPLE} WHERE session_id = ? AND model IS NOT NULL ORDER BY placed_at DESC LIMIT 1`;
const HELD_MORE =
  'SELECT 1 FROM context_samples WHERE session_id = ? AND tokens > ? AND model IS ? LIMIT 1';

/** Returns the latest context sample of a session. */
export function readLatestSample(database: Database, session: string): Row | undefined {
  return database.prepare(LATEST).get(session);
}

/** Returns the sample of the latest compaction. */
export function readLatestCompaction(database: Database, session: string): Row | undefined {
  return database.prepare(LATEST_COMPACTION).get(session);
}

/** Returns the number of compactions. */
export function countCompactions(database: Database, session: string): number {
  const sql = `SELECT count(*) AS n FROM context_samples WHERE session_id = ? AND ${COMPACTIONS}`;
  return numberField(database.prepare(sql).get(session) ?? {}, 'n') ?? 0;
}

/** Returns the model of the latest answer. */
export function readLastModel(database: Database, session: string): string | undefined {
  return stringField(database.prepare(LAST_MODEL).get(session) ?? {}, 'model');
}

/** Whether the session's context was ever larger than this with this model. */
export function hasHeldMore(
  database: Database,
  session: string,
  model: string | null,
  tokens: number,
): boolean {
  return database.prepare(HELD_MORE).get(session, tokens, model) !== undefined;
}

/** Returns the window that the status line reported. */
export function readSeenWindow(database: Database, session: string): Row | undefined {
  const sql = 'SELECT model, window, at FROM context_windows WHERE session_id = ?';
  return database.prepare(sql).get(session);
}

/** Returns the model with which the session was started, if known. */
export function readStartedModel(database: Database, session: string): Row | undefined {
  const sql = 'SELECT model, model_at FROM sessions WHERE id = ? AND model IS NOT NULL';
  return database.prepare(sql).get(session);
}

/** Returns the folders of a session, and whether it has ended. */
export function readSessionState(database: Database, session: string): Row | undefined {
  const sql = 'SELECT project, ended_at, last_started_at FROM sessions WHERE id = ?';
  return database.prepare(sql).get(session);
}

/** Returns the thresholds that a session crossed since a compaction. */
export function readCrossings(database: Database, session: string, epoch: number): readonly Row[] {
  const sql =
    'SELECT threshold, at FROM context_crossings WHERE session_id = ? AND epoch = ? ORDER BY threshold';
  return database.prepare(sql).all(session, epoch);
}
