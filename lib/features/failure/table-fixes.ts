import { groupBy } from '../../core/group-by.ts';
import type { Database, Row } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';
import { STALE } from './table-patterns.ts';
import { readTeamKeysFixedBy } from './table-team.ts';

/** The patterns of which a command was ever the fix. */
export const FIX_COMMANDS: TableDefinition = {
  table: 'fix_commands',
  key: ['command_key', 'pattern_id'],
};

/** Imported fixes; a later import replaces an earlier one. */
export const IMPORTED_FIXES: TableDefinition = {
  table: 'failure_fixes',
  key: ['pattern_id', 'evidence'],
  once: ['session_id'],
  latest: [['at', 'text', 'is_edit', 'is_whole', 'count']],
};

/** What worked after a failure; `evidence` is the call that failed. */
export const LEARNED_FIXES: TableDefinition = {
  table: 'failure_fixes',
  key: ['pattern_id', 'evidence'],
  replaced: ['session_id', 'text', 'is_edit', 'is_whole', 'count', 'at'],
};

/** What was done about failures of a session, whether it helped or not. */
export const FIX_ATTEMPTS: TableDefinition = {
  table: 'failure_mends',
  key: ['session_id', 'command_key', 'exact', 'at'],
};

const HAS_LESSONS = `SELECT 1 WHERE EXISTS (SELECT 1 FROM command_runs WHERE session_id = ?1 AND pattern_id IS NOT NULL)
  OR EXISTS (SELECT 1 FROM failure_fixes WHERE session_id = ?1) OR EXISTS (SELECT 1 FROM failure_mends WHERE session_id = ?1)`;

/**
 * Whether a session has failures or learned fixes. Most sessions have nothing to look up most of
 * the time.
 */
export function hasLessons(database: Database, session: string): boolean {
  return database.prepare(HAS_LESSONS).get(session) !== undefined;
}

const MENDS_OF_KEY =
  'SELECT exact, at FROM failure_mends WHERE command_key = ? ORDER BY at DESC LIMIT ?';

/** Returns what was done about failures of a command, the latest first. */
export function readFixAttempts(database: Database, key: string, most: number): readonly Row[] {
  return database.prepare(MENDS_OF_KEY).all(key, most);
}

const FIXES_OF =
  'SELECT * FROM failure_fixes WHERE session_id = ? AND evidence IN (SELECT value FROM json_each(?))';

/** Returns the fixes for which these calls of a session are the evidence. */
export function readFixesOfCalls(
  database: Database,
  session: string,
  calls: readonly string[],
): readonly Row[] {
  return database.prepare(FIXES_OF).all(session, JSON.stringify(calls));
}

const MENDS_BETWEEN = 'SELECT * FROM failure_mends WHERE session_id = ? AND at BETWEEN ? AND ?';

/** Returns what was done in a session between two times, both included. */
export function readFixAttemptsBetween(
  database: Database,
  session: string,
  first: number,
  last: number,
): readonly Row[] {
  return database.prepare(MENDS_BETWEEN).all(session, first, last);
}

/** A pattern whose fixes are wanted: evidence after `since`, the `preferred` text first. */
export interface FixesWanted {
  readonly pattern: string;
  readonly since: number;
  readonly preferred: string;
}

const FIXES = `SELECT f.pattern_id, text, is_edit, min(is_whole) AS is_whole, sum(count) AS count, max(at) AS at
  FROM (SELECT json_extract(value, '$.pattern') AS pattern_id, json_extract(value, '$.since') AS since,
    json_extract(value, '$.preferred') AS preferred FROM json_each(?)) AS q
  CROSS JOIN failure_fixes AS f ON f.pattern_id = q.pattern_id AND f.at > CAST(q.since AS INTEGER)
  GROUP BY f.pattern_id, text, is_edit, q.preferred ORDER BY text = q.preferred DESC, count DESC, at DESC, text`;

/** Returns what worked instead, by pattern, ordered by how often it helped. */
export function readFixesOfPatterns(
  database: Database,
  wanted: readonly FixesWanted[],
): ReadonlyMap<string, readonly Row[]> {
  const rows = database.prepare(FIXES).all(JSON.stringify(wanted));
  return groupBy(rows, (row) => String(row['pattern_id']));
}

const FIXED = `SELECT p.command_key AS key FROM fix_commands f JOIN failure_patterns p ON p.id = f.pattern_id
  WHERE f.command_key = ?`;

/**
 * Returns the keys of commands whose knowledge changes when this one fails: itself, and those of
 * which it was the fix.
 */
export function readCommandsTouchedBy(database: Database, key: string): readonly string[] {
  const fixed = database.prepare(FIXED).all(key);
  const ofTeam = readTeamKeysFixedBy(database, key);
  return [...new Set([key, ...fixed.map((row) => String(row['key'])), ...ofTeam])];
}

const ADD_FIXES = `INSERT INTO failure_fixes (pattern_id, evidence, session_id, text, is_edit, is_whole, count, at)
  SELECT pattern_id, 'forgotten ' || text, NULL, text, is_edit, is_whole, sum(count), max(at) FROM failure_fixes WHERE session_id = ?1 AND pattern_id NOT IN (${STALE.replace('?', '?2')}) GROUP BY pattern_id, text, is_edit
  ON CONFLICT (pattern_id, evidence) DO UPDATE SET count = count + excluded.count, at = max(at, excluded.at), is_whole = min(is_whole, excluded.is_whole)`;

/**
 * Adds the fixes of a session to the sums of deleted sessions, unless their pattern is deleted too.
 */
export function summarizeFixes(database: Database, session: string, before: number): void {
  database.prepare(ADD_FIXES).run(session, before);
}
