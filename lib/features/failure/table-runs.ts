import { stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { type Deletion, type Expiry, olderThan } from '../../store/keeper.ts';
import type { TableDefinition } from '../../store/sink.ts';
import { STALE } from './table-patterns.ts';

/** A row per failure, as events tell it. */
export const FAILURES: TableDefinition = {
  table: 'failures',
  key: ['id'],
  once: ['session_id', 'agent_id', 'tool_use_id', 'tool', 'target', 'error', 'at'],
};

/** Of two accounts of one run the earlier counts, unless it is removed before. */
export const RUNS: TableDefinition = {
  table: 'command_runs',
  key: ['id', 'command_key', 'exact'],
  earliest: [
    [
      ...(['at', 'pattern_id', 'error', 'command', 'session_id', 'project', 'repository'] as const),
      ...(['kind', 'source'] as const),
    ],
  ],
};

/** A run of a command, and where it was. */
export interface RunPlace {
  /** The call; an event if there was none. */
  readonly id: string;
  readonly session: string | null;
  readonly project: string | null;
  readonly repository: string | null;
  readonly at: number;
}

const RUNS_OF = 'SELECT * FROM command_runs WHERE id IN (SELECT value FROM json_each(?))';

/** What is kept of these calls. */
export function runsOfCalls(database: Database, calls: readonly string[]): readonly Row[] {
  return database.prepare(RUNS_OF).all(JSON.stringify(calls));
}

/** The runs that show a pattern after `since`, the latest first. */
export function failedRuns(
  database: Database,
  pattern: string,
  since: number,
  most: number,
): readonly Row[] {
  return database
    .prepare(
      'SELECT * FROM command_runs WHERE pattern_id = ? AND at > ? ORDER BY at DESC, id LIMIT ?',
    )
    .all(pattern, since, most);
}

const COUNT = `SELECT count(*) AS count, count(DISTINCT coalesce(session_id, '')) AS sessions, min(at) AS first_at
  FROM command_runs WHERE pattern_id = ? AND at > ?`;

/** `count`, `sessions` and `first_at` of the runs that show a pattern after `since`. */
export function countFailedRuns(database: Database, pattern: string, since: number): Row {
  return database.prepare(COUNT).get(pattern, since) ?? {};
}

/** The runs of a command that succeeded, the latest first. */
export function successfulRuns(database: Database, key: string, most: number): readonly Row[] {
  return database
    .prepare(
      'SELECT * FROM command_runs WHERE command_key = ? AND pattern_id IS NULL ORDER BY at DESC, id LIMIT ?',
    )
    .all(key, most);
}

/** The commands of a key that failed, by `exact`. */
export function failedCommands(database: Database, key: string): ReadonlyMap<string, string> {
  const rows = database
    .prepare(
      `SELECT exact, command FROM command_runs
       WHERE command_key = ? AND pattern_id IS NOT NULL AND command IS NOT NULL ORDER BY at DESC LIMIT 200`,
    )
    .all(key);
  return new Map(
    rows.map((row) => [stringField(row, 'exact') ?? '', stringField(row, 'command') ?? '']),
  );
}

/** Whether this very command failed after `since`. */
export function hasFailedAfter(
  database: Database,
  { key, exact }: { readonly key: string; readonly exact: string },
  since: number,
): boolean {
  return (
    database
      .prepare(
        'SELECT 1 FROM command_runs WHERE command_key = ? AND exact = ? AND pattern_id IS NOT NULL AND at > ? LIMIT 1',
      )
      .get(key, exact, since) !== undefined
  );
}

const NEWS = `SELECT u.tool_use_id AS id, o.tool, o.target, o.error, o.outcome, o.at, o.ended_at FROM unlearned u
  LEFT JOIN operation_outcomes o ON o.tool_use_id = u.tool_use_id WHERE u.session_id = ? ORDER BY o.at, u.tool_use_id LIMIT ?`;

/** Calls of a session that changed since something was learned from them, the oldest first. */
export function unlearnedCalls(database: Database, session: string, most: number): readonly Row[] {
  return database.prepare(NEWS).all(session, most);
}

const LEARNED = 'DELETE FROM unlearned WHERE tool_use_id IN (SELECT value FROM json_each(?))';

export function markLearned(database: Database, calls: readonly string[]): void {
  database.prepare(LEARNED).run(JSON.stringify(calls));
}

const LEARN_AGAIN = `INSERT OR IGNORE INTO unlearned (tool_use_id, session_id)
  SELECT tool_use_id, session_id FROM operations WHERE session_id = ? AND at >= ?`;

/** Marks the calls of a session from `since` on as changed. */
export function learnAgainFrom(database: Database, session: string, since: number): void {
  database.prepare(LEARN_AGAIN).run(session, since);
}

/** Where a session works, as far as it is known. */
export interface SessionPlace {
  readonly session: string;
  readonly project: string | null;
  readonly repository: string | null;
}

export function placeOfSession(database: Database, session: string): SessionPlace {
  const found =
    database.prepare('SELECT project, repository FROM sessions WHERE id = ?').get(session) ?? {};
  return {
    session,
    project: stringField(found, 'project') ?? null,
    repository: stringField(found, 'repository') ?? null,
  };
}

/** Ids by the index alone: of a call that only a hook has reported, the end is known and not the beginning. */
const BEFORE = `SELECT tool_use_id, at FROM operations WHERE session_id = ?1 AND at < ?2
  UNION ALL SELECT tool_use_id, ended_at FROM operations WHERE session_id = ?1 AND at IS NULL AND ended_at < ?2 ORDER BY 2 DESC, 1 DESC LIMIT ?3`;
const FROM = `SELECT tool_use_id, at FROM operations WHERE session_id = ?1 AND at >= ?2
  UNION ALL SELECT tool_use_id, ended_at FROM operations WHERE session_id = ?1 AND at IS NULL AND ended_at >= ?2 ORDER BY 2, 1 LIMIT ?3`;
const THESE = `SELECT tool_use_id AS id, tool, target, outcome, error, at, ended_at FROM operation_outcomes
  WHERE tool_use_id IN (SELECT value FROM json_each(?))`;

/** Calls of a session around a moment, the oldest first. */
export function callsAround(
  database: Database,
  session: string,
  { at, before, after }: { readonly at: number; readonly before: number; readonly after: number },
): readonly Row[] {
  const ids = [
    ...database.prepare(BEFORE).all(session, at, before).toReversed(),
    ...database.prepare(FROM).all(session, at, after),
  ].map((row) => String(row['tool_use_id']));
  const rows = database.prepare(THESE).all(JSON.stringify(ids));
  const byId = new Map(rows.map((row) => [String(row['id']), row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [row];
  });
}

const RECENT = `SELECT target FROM operations
  WHERE tool = 'Bash' AND coalesce(hook_outcome, transcript_outcome) = 'ok' AND target IS NOT NULL
  ORDER BY at DESC LIMIT ?`;

/** The latest shell commands that succeeded. */
export function recentCommands(database: Database, most: number): readonly string[] {
  return database
    .prepare(RECENT)
    .all(most)
    .map((row) => stringField(row, 'target') ?? '');
}

/** Folders and transcripts of the latest sessions. */
export function recentPlaces(database: Database, most: number): readonly string[] {
  return database
    .prepare(
      'SELECT project, worktree, transcript_path FROM sessions ORDER BY last_event_at DESC LIMIT ?',
    )
    .all(most)
    .flatMap((row) => Object.values(row).flatMap((value) => (value === null ? [] : String(value))));
}

/** Sessions whose last event is older. */
export function sessionsBefore(database: Database, before: number): readonly string[] {
  return database
    .prepare('SELECT id FROM sessions WHERE last_event_at < ?')
    .all(before)
    .map(({ id }) => String(id));
}

/** The runs of a session, the oldest first. */
export function runsOfSession(database: Database, session: string): readonly Row[] {
  return database
    .prepare('SELECT * FROM command_runs WHERE session_id = ? ORDER BY at, id')
    .all(session);
}

/** Runs of no session that are older, the oldest first. */
export function runsOfNoSession(database: Database, before: number): readonly Row[] {
  return database
    .prepare('SELECT * FROM command_runs WHERE session_id IS NULL AND at < ? ORDER BY at, id')
    .all(before);
}

/** Rows of sessions that go. Its parameter is the time before which all is old. */
const OF_OLD_SESSION = 'session_id IN (SELECT id FROM sessions WHERE last_event_at < ?)';

/** Failures, runs, fixes and mends that are too old. */
export function runsToDelete(expiry: Expiry): readonly Deletion[] {
  const { before } = expiry;
  const ofSession = (table: string): Deletion => ({
    table,
    where: OF_OLD_SESSION,
    values: [before],
  });
  return [
    ...olderThan(expiry, ['failures']),
    {
      table: 'command_runs',
      where: `${OF_OLD_SESSION} OR (session_id IS NULL AND at < ?)`,
      values: [before, before],
      at: 'at',
    },
    {
      table: 'failure_fixes',
      where: `${OF_OLD_SESSION} OR pattern_id IN (${STALE})`,
      values: [before, before],
      at: 'at',
    },
    { ...ofSession('failure_mends'), at: 'at' },
    ofSession('unlearned'),
  ];
}

/** Removes the runs of a session. @returns the patterns that they showed, and how many rows went. */
export function removeRunsOf(
  database: Database,
  session: string,
): { readonly patterns: readonly string[]; readonly removed: number } {
  const patterns = database
    .prepare(
      'SELECT DISTINCT pattern_id AS id FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL',
    )
    .all(session)
    .map(({ id }) => String(id));
  const remove = database.prepare('DELETE FROM command_runs WHERE session_id = ?');
  return { patterns, removed: remove.run(session).changes };
}
