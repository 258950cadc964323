import type { Database, Row } from '../../store/database.ts';
import type { Deletion, Expiry } from '../../store/keeper.ts';
import { applyWrites, type TableDefinition } from '../../store/sink.ts';

/** Patterns of the team; what comes from it replaces what came before. */
const TEAM_PATTERNS: TableDefinition = {
  table: 'team_patterns',
  key: ['id'],
  replaced: [
    ...['command_key', 'tool', 'command', 'error', 'needle', 'is_general', 'kind', 'count'],
    ...['sessions', 'people', 'first_at', 'last_at', 'last_error', 'last_command'],
    ...['repositories', 'is_global', 'failed', 'fix', 'fix_is_edit', 'fix_is_whole', 'fix_count'],
    ...['fix_keys', 'is_confirmed'],
  ],
};

/** Maximum number of patterns of a team that a machine keeps; the latest stay. */
export const MAX_TEAM_PATTERNS = 2_000;

const OF_KEY =
  'SELECT * FROM team_patterns WHERE command_key = ? ORDER BY last_at DESC, id LIMIT ?';

/** Returns what the team knows of a command, the latest first. */
export function readTeamRowsOfKey(database: Database, key: string, most: number): readonly Row[] {
  return database.prepare(OF_KEY).all(key, most);
}

const THESE = 'SELECT * FROM team_patterns WHERE id IN (SELECT value FROM json_each(?))';

/** Returns what the team knows of these patterns. */
export function readTeamRows(database: Database, ids: readonly string[]): readonly Row[] {
  return database.prepare(THESE).all(JSON.stringify(ids));
}

const FIXED_BY =
  'SELECT t.command_key AS key FROM team_patterns AS t, json_each(t.fix_keys) AS k WHERE k.value = ?';

/** Returns the keys of commands of whose fix, as the team knows it, this command is a part. */
export function readTeamKeysFixedBy(database: Database, key: string): readonly string[] {
  return database
    .prepare(FIXED_BY)
    .all(key)
    .map((row) => String(row['key']));
}

const KNOWN_KEYS =
  'SELECT DISTINCT command_key AS key FROM team_patterns WHERE command_key IN (SELECT value FROM json_each(?))';

/** Returns those keys of which the team knows a failure. */
export function readKeysTeamKnows(database: Database, keys: readonly string[]): readonly string[] {
  const rows = database.prepare(KNOWN_KEYS).all(JSON.stringify(keys));
  return rows.map(({ key }) => String(key));
}

/** Returns the keys of all commands of which the team knows something. */
export function readTeamKeys(database: Database): readonly string[] {
  const rows = database.prepare('SELECT DISTINCT command_key AS key FROM team_patterns').all();
  return rows.map(({ key }) => String(key));
}

/** Returns the ids of all patterns of the team. */
export function readTeamIds(database: Database): readonly string[] {
  return database
    .prepare('SELECT id FROM team_patterns')
    .all()
    .map(({ id }) => String(id));
}

/** Adds or replaces a pattern of the team. */
export function saveTeamRow(database: Database, row: Row): void {
  applyWrites(database, [{ into: TEAM_PATTERNS, row }]);
}

/** Deletes patterns of the team. */
export function deleteTeamRows(database: Database, ids: readonly string[]): void {
  applyWrites(
    database,
    ids.map((id) => ({ from: TEAM_PATTERNS, key: { id } })),
  );
}

export function deleteAllTeamRows(database: Database): void {
  database.prepare('DELETE FROM team_patterns').run();
}

/** Returns how many patterns come from the team. */
export function countTeamRows(database: Database): number {
  return Number(database.prepare('SELECT count(*) AS n FROM team_patterns').get()?.['n'] ?? 0);
}

/** Returns the ids of the patterns above the maximum, the oldest. */
export function readSurplusTeamIds(database: Database): readonly string[] {
  const rows = database
    .prepare('SELECT id FROM team_patterns ORDER BY last_at DESC, id LIMIT -1 OFFSET ?')
    .all(MAX_TEAM_PATTERNS);
  return rows.map(({ id }) => String(id));
}

const SUCCESSES = `SELECT tool_use_id, session_id, target FROM operations
  WHERE tool = 'Bash' AND at >= ?1 AND coalesce(hook_outcome, transcript_outcome) = 'ok' AND target IS NOT NULL
  UNION ALL SELECT tool_use_id, session_id, target FROM operations
  WHERE tool = 'Bash' AND at IS NULL AND ended_at >= ?1 AND hook_outcome = 'ok' AND target IS NOT NULL LIMIT ?2`;

const LEARN_AGAIN = `INSERT OR IGNORE INTO unlearned (tool_use_id, session_id)
  SELECT tool_use_id, session_id FROM operations WHERE tool_use_id IN (SELECT value FROM json_each(?))`;

/**
 * Marks successful calls whose command has one of these texts as not learned from, since a time. A
 * success is kept only where a failure of its command is known, and these are known only now.
 * @returns their sessions.
 */
export function markSuccessesUnlearned(
  database: Database,
  { texts, since, most }: SuccessesWanted,
): ReadonlySet<string> {
  const found = database
    .prepare(SUCCESSES)
    .all(since, most)
    .filter(({ target }) => texts.some((text) => String(target).includes(text)));
  const ids = found.map((row) => String(row['tool_use_id']));
  if (ids.length > 0) database.prepare(LEARN_AGAIN).run(JSON.stringify(ids));
  return new Set(found.map((row) => String(row['session_id'])));
}

interface SuccessesWanted {
  readonly texts: readonly string[];
  readonly since: number;
  /** Maximum number of calls that are looked at. */
  readonly most: number;
}

/** What the team does not repeat is deleted with the history. */
export function teamRowsToDelete({ historyBefore: before }: Expiry): readonly Deletion[] {
  return [{ table: 'team_patterns', where: 'last_at < ?', values: [before], at: 'last_at' }];
}
