import { stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { type Deletion, type Expiry, deleteOlderThan } from '../../store/keeper.ts';
import type { TableDefinition } from '../../store/sink.ts';
import { STALE } from './table-patterns.ts';

/** A row per failure event. */
export const FAILURES: TableDefinition = {
  table: 'failures',
  key: ['id'],
  once: ['session_id', 'agent_id', 'tool_use_id', 'tool', 'target', 'error', 'at'],
};

/** Runs. If a run is reported twice, the earlier report counts, unless it is deleted first. */
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

/** A run of a command, and its place. */
export interface RunPlace {
  /** The id of the call; of an event if there was no call. */
  readonly id: string;
  readonly session: string | null;
  readonly project: string | null;
  readonly repository: string | null;
  readonly at: number;
}

const RUNS_OF = 'SELECT * FROM command_runs WHERE id IN (SELECT value FROM json_each(?))';

/** Returns the stored runs of these calls. */
export function readRunsOfCalls(database: Database, calls: readonly string[]): readonly Row[] {
  return database.prepare(RUNS_OF).all(JSON.stringify(calls));
}

/** Returns the runs of a pattern after `since`, the latest first. */
export function readFailedRuns(
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

/** Returns `count`, `sessions` and `first_at` of the runs of a pattern after `since`. */
export function countFailedRuns(database: Database, pattern: string, since: number): Row {
  return database.prepare(COUNT).get(pattern, since) ?? {};
}

/** Returns the successful runs of a command, the latest first. */
export function readSuccessfulRuns(database: Database, key: string, most: number): readonly Row[] {
  return database
    .prepare(
      'SELECT * FROM command_runs WHERE command_key = ? AND pattern_id IS NULL ORDER BY at DESC, id LIMIT ?',
    )
    .all(key, most);
}

/** Returns the failed commands of a key, by `exact`. */
export function readFailedCommands(database: Database, key: string): ReadonlyMap<string, string> {
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

/** Whether exactly this command failed after `since`. */
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

/** Returns the calls of a session that changed since they were learned from, the oldest first. */
export function readUnlearnedCalls(
  database: Database,
  session: string,
  most: number,
): readonly Row[] {
  return database.prepare(NEWS).all(session, most);
}

const LEARNED = 'DELETE FROM unlearned WHERE tool_use_id IN (SELECT value FROM json_each(?))';

export function markLearned(database: Database, calls: readonly string[]): void {
  database.prepare(LEARNED).run(JSON.stringify(calls));
}

const LEARN_AGAIN = `INSERT OR IGNORE INTO unlearned (tool_use_id, session_id)
  SELECT tool_use_id, session_id FROM operations WHERE session_id = ? AND at >= ?`;

/** Marks the calls of a session from `since` on as not learned from. */
export function markUnlearnedFrom(database: Database, session: string, since: number): void {
  database.prepare(LEARN_AGAIN).run(session, since);
}

/** The folders of a session, as far as known. */
export interface SessionPlace {
  readonly session: string;
  readonly project: string | null;
  readonly repository: string | null;
}

export function readPlaceOfSession(database: Database, session: string): SessionPlace {
  const found =
    database.prepare('SELECT project, repository FROM sessions WHERE id = ?').get(session) ?? {};
  return {
    session,
    project: stringField(found, 'project') ?? null,
    repository: stringField(found, 'repository') ?? null,
  };
}

/** Selects ids with the index alone. Of a call that only a hook reported, only the end is known. */
const BEFORE = `SELECT tool_use_id, at FROM operations WHERE session_id = ?1 AND at < ?2
  UNION ALL SELECT tool_use_id, ended_at FROM operations WHERE session_id = ?1 AND at IS NULL AND ended_at < ?2 ORDER BY 2 DESC, 1 DESC LIMIT ?3`;
const FROM = `SELECT tool_use_id, at FROM operations WHERE session_id = ?1 AND at >= ?2
  UNION ALL SELECT tool_use_id, ended_at FROM operations WHERE session_id = ?1 AND at IS NULL AND ended_at >= ?2 ORDER BY 2, 1 LIMIT ?3`;
const THESE = `SELECT tool_use_id AS id, tool, target, outcome, error, at, ended_at FROM operation_outcomes
  WHERE tool_use_id IN (SELECT value FROM json_each(?))`;

/** Returns the calls of a session around a moment, the oldest first. */
export function readCallsAround(
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

/** Returns the latest successful shell commands. */
export function readRecentCommands(database: Database, most: number): readonly string[] {
  return database
    .prepare(RECENT)
    .all(most)
    .map((row) => stringField(row, 'target') ?? '');
}

/** Returns the folders and transcripts of the latest sessions. */
export function readRecentPlaces(database: Database, most: number): readonly string[] {
  return database
    .prepare(
      'SELECT project, worktree, transcript_path FROM sessions ORDER BY last_event_at DESC LIMIT ?',
    )
    .all(most)
    .flatMap((row) => Object.values(row).flatMap((value) => (value === null ? [] : String(value))));
}

/** Returns the sessions whose last event is older than `before`. */
export function readSessionsBefore(database: Database, before: number): readonly string[] {
  return database
    .prepare('SELECT id FROM sessions WHERE last_event_at < ?')
    .all(before)
    .map(({ id }) => String(id));
}

/** Returns the runs of a session, the oldest first. */
export function readRunsOfSession(database: Database, session: string): readonly Row[] {
  return database
    .prepare('SELECT * FROM command_runs WHERE session_id = ? ORDER BY at, id')
    .all(session);
}

/** Returns old runs without a session, the oldest first. */
export function readRunsWithoutSession(database: Database, before: number): readonly Row[] {
  return database
    .prepare('SELECT * FROM command_runs WHERE session_id IS NULL AND at < ? ORDER BY at, id')
    .all(before);
}

/** Selects rows of sessions to delete. Its parameter is the time before which sessions are old. */
const OF_OLD_SESSION = 'session_id IN (SELECT id FROM sessions WHERE last_event_at < ?)';

/** Returns the deletions of failures, runs, fixes and fix attempts that are too old. */
export function runsToDelete({ historyBefore: before }: Expiry): readonly Deletion[] {
  const ofSession = (table: string): Deletion => ({
    table,
    where: OF_OLD_SESSION,
    values: [before],
  });
  return [
    ...deleteOlderThan(before, ['failures']),
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

/**
 * Deletes the runs of a session.
 * @returns their patterns, and the number of deleted rows.
 */
export function deleteRunsOfSession(
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
