import { stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { type Deletion, type Expiry, olderThan } from '../../store/keeper.ts';
import { applyWrites, type TableDefinition } from '../../store/sink.ts';
import type { LearnedFix } from './known-pattern.ts';
import { STALE } from './table-patterns.ts';

/** A row per failure, as events tell it. */
export const FAILURES: TableDefinition = {
  table: 'failures',
  key: ['id'],
  once: ['session_id', 'agent_id', 'tool_use_id', 'tool', 'target', 'error', 'at'],
};

/** Of two accounts of one failure the earlier counts. */
export const FAILED_RUNS: TableDefinition = {
  table: 'command_runs',
  key: ['id', 'command_key', 'exact'],
  earliest: [
    [
      ...(['at', 'pattern_id', 'error', 'command', 'session_id', 'project', 'repository'] as const),
      ...(['kind', 'source'] as const),
    ],
  ],
};

/** Which patterns a command was once the fix of. */
export const FIX_COMMANDS: TableDefinition = {
  table: 'fix_commands',
  key: ['command_key', 'pattern_id'],
};

/** An imported fix: the later import counts. */
export const IMPORTED_FIXES: TableDefinition = {
  table: 'failure_fixes',
  key: ['pattern_id', 'evidence'],
  once: ['session_id'],
  latest: [['at', 'text', 'is_edit', 'is_whole', 'count']],
};

const LEARNED_FIXES: TableDefinition = {
  table: 'failure_fixes',
  key: ['pattern_id', 'evidence'],
  replaced: ['session_id', 'text', 'is_edit', 'is_whole', 'count', 'at'],
};

const KEEP_SUCCESS = `INSERT INTO command_runs (id, command_key, session_id, project, repository, exact, source, at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, 'transcript', ?7
  WHERE EXISTS (SELECT 1 FROM failure_patterns WHERE command_key = ?2) ON CONFLICT DO NOTHING`;

/** A run of a command, and where it was. */
export interface RunPlace {
  /** The call; an event if there was none. */
  readonly id: string;
  readonly session: string | null;
  readonly project: string | null;
  readonly repository: string | null;
  readonly at: number;
}

/** Keeps that a command succeeded, if a way is known in which it fails: all others are of no use. @returns whether that is news. */
export function keepSuccess(
  database: Database,
  { id, session, project, repository, at }: RunPlace,
  { key, exact }: { readonly key: string; readonly exact: string },
): boolean {
  const told = database.prepare(KEEP_SUCCESS);
  return told.run(id, key, session, project, repository, exact, at).changes > 0;
}

/** Removes what a transcript told of a call: what a hook saw goes before it. */
export function removeTranscriptRuns(database: Database, id: string): void {
  database.prepare("DELETE FROM command_runs WHERE id = ? AND source = 'transcript'").run(id);
}

/** Whether a hook saw this call fail. */
export function wasSeenByHook(database: Database, id: string): boolean {
  const row = database.prepare("SELECT 1 FROM command_runs WHERE id = ? AND source = 'hook'");
  return row.get(id) !== undefined;
}

/** Whether anything of a session failed: most sessions, most of the time, have nothing to look up. */
export function hasFailures(database: Database, session: string): boolean {
  return (
    database
      .prepare('SELECT 1 FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL LIMIT 1')
      .get(session) !== undefined
  );
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

const MENDS = 'SELECT exact, at FROM failure_mends WHERE command_key = ? ORDER BY at DESC LIMIT ?';

/** What was done about failures of a command, the latest first. */
export function mendsOfKey(database: Database, key: string, most: number): readonly Row[] {
  return database.prepare(MENDS).all(key, most);
}

/** Keeps that something was done about a failure. @returns whether that is news. */
export function keepMend(
  database: Database,
  session: string,
  { key, exact, at }: { readonly key: string; readonly exact: string; readonly at: number },
): boolean {
  const insert =
    'INSERT INTO failure_mends (session_id, command_key, exact, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
  return database.prepare(insert).run(session, key, exact, at).changes > 0;
}

/** The fixes that a failed call of a session is the evidence of. */
export function fixesOfCall(database: Database, session: string, call: string): readonly Row[] {
  return database
    .prepare('SELECT * FROM failure_fixes WHERE session_id = ? AND evidence = ?')
    .all(session, call);
}

export function removeFix(database: Database, pattern: string, evidence: string): void {
  database
    .prepare('DELETE FROM failure_fixes WHERE pattern_id = ? AND evidence = ?')
    .run(pattern, evidence);
}

/** Keeps what worked after a failure. */
export function keepLearnedFix(database: Database, session: string, fix: LearnedFix): void {
  const { pattern, evidence, text, at } = fix;
  const [isEdit, isWhole] = [fix.isEdit ? 1 : 0, fix.isWhole ? 1 : 0];
  const told = { text, is_edit: isEdit, is_whole: isWhole, count: 1, at };
  const row = { pattern_id: pattern, evidence, session_id: session, ...told };
  applyWrites(database, [{ into: LEARNED_FIXES, row }]);
}

const FIXES = `SELECT text, is_edit, min(is_whole) AS is_whole, sum(count) AS count, max(at) AS at FROM failure_fixes
  WHERE pattern_id = ?1 AND at > ?2 GROUP BY text, is_edit ORDER BY text = ?3 DESC, count DESC, at DESC, text LIMIT 20`;

/** What worked instead after `since`: the `preferred` text first, then what helped most often. */
export function fixesOfPattern(
  database: Database,
  pattern: string,
  since: number,
  preferred: string,
): readonly Row[] {
  return database.prepare(FIXES).all(pattern, since, preferred);
}

const FIXED = `SELECT p.command_key AS key FROM fix_commands f JOIN failure_patterns p ON p.id = f.pattern_id
  WHERE f.command_key = ?`;

/** The keys of commands of which something else is known once this one failed: itself, and those that it was the fix of. */
export function commandsTouchedBy(database: Database, key: string): readonly string[] {
  const fixed = database.prepare(FIXED).all(key);
  return [key, ...fixed.map((row) => String(row['key']))];
}

const NEWS = `SELECT u.tool_use_id AS id, o.tool, o.target, o.error, o.outcome, o.at, o.ended_at FROM unlearned u
  LEFT JOIN operation_outcomes o ON o.tool_use_id = u.tool_use_id WHERE u.session_id = ? ORDER BY o.at, u.tool_use_id LIMIT ?`;

/** Calls of a session that changed since something was learned from them, the oldest first. */
export function unlearnedCalls(database: Database, session: string, most: number): readonly Row[] {
  return database.prepare(NEWS).all(session, most);
}

export function markLearned(database: Database, calls: readonly string[]): void {
  const remove = database.prepare('DELETE FROM unlearned WHERE tool_use_id = ?');
  for (const id of calls) remove.run(id);
}

const LEARN_AGAIN = `INSERT OR IGNORE INTO unlearned (tool_use_id, session_id)
  SELECT tool_use_id, session_id FROM operations WHERE session_id = ? AND at >= ?`;

/** Marks the calls of a session from `since` on as changed. */
export function learnAgainFrom(database: Database, session: string, since: number): void {
  database.prepare(LEARN_AGAIN).run(session, since);
}

/** Project and repository of a session, as far as they are known. */
export function placeOfSession(
  database: Database,
  session: string,
): {
  readonly session: string;
  readonly project: string | null;
  readonly repository: string | null;
} {
  const found =
    database.prepare('SELECT project, repository FROM sessions WHERE id = ?').get(session) ?? {};
  return {
    session,
    project: stringField(found, 'project') ?? null,
    repository: stringField(found, 'repository') ?? null,
  };
}

/** Ids by the index alone: of a call that only a hook told so far the end is known and not the beginning. */
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

const ADD_FIXES = `INSERT INTO failure_fixes (pattern_id, evidence, session_id, text, is_edit, is_whole, count, at)
  SELECT pattern_id, 'forgotten ' || text, NULL, text, is_edit, is_whole, sum(count), max(at) FROM failure_fixes WHERE session_id = ?1 AND pattern_id NOT IN (${STALE.replace('?', '?2')}) GROUP BY pattern_id, text, is_edit
  ON CONFLICT (pattern_id, evidence) DO UPDATE SET count = count + excluded.count, at = max(at, excluded.at), is_whole = min(is_whole, excluded.is_whole)`;

/** Adds the fixes of a session to those of forgotten ones, unless their pattern goes, too. */
export function sumUpFixes(database: Database, session: string, before: number): void {
  database.prepare(ADD_FIXES).run(session, before);
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
