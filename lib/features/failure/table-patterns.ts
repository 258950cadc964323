import { groupBy } from '../../core/group-by.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import type { Deletion, Expiry } from '../../store/keeper.ts';
import { applyWrites, type TableDefinition } from '../../store/sink.ts';
import { readKeysTeamKnows, readTeamRows } from './table-team.ts';

/**
 * Patterns. Columns that follow from the id never change; a hash collision gives the same result in
 * any order.
 */
export const FAILURE_PATTERNS: TableDefinition = {
  table: 'failure_patterns',
  key: ['id'],
  once: ['command_key', 'error'],
  least: ['tool', 'command', 'needle'],
  greatest: ['is_general', 'last_at'],
};

const BASE = [
  ...['count', 'sessions', 'first_at', 'last_at', 'last_error', 'last_command', 'kind'],
  ...['projects', 'failed', 'is_global'],
];

/** Imported data of a pattern; a later import replaces an earlier one. */
export const IMPORTED_BASES: TableDefinition = {
  table: 'pattern_bases',
  key: ['pattern_id', 'origin'],
  latest: [['made_at', 'made_by', ...BASE]],
};

/** Sums of the runs of deleted sessions, by pattern. */
const FORGOTTEN_BASES: TableDefinition = {
  table: 'pattern_bases',
  key: ['pattern_id', 'origin'],
  replaced: ['made_at', 'made_by', ...BASE],
};

/**
 * The user's decisions. Of two decisions the later wins; in the same millisecond, that of the
 * greater event id.
 */
export const PATTERN_CHOICES: TableDefinition = {
  table: 'pattern_choices',
  key: ['pattern_id'],
  greatest: ['deleted_at'],
  latest: [
    ['action_at', 'action_by', 'action', 'action_fix'],
    ['confirmed_at', 'confirmed_by', 'confirmed_fix'],
  ],
};

/** Commands that may need a warning. */
const FAILURE_NEEDLES: TableDefinition = {
  table: 'failure_needles',
  key: ['command_key'],
  replaced: ['literals', 'confidence', 'fades_at'],
};

const PATTERNS = 'SELECT * FROM failure_patterns WHERE id IN (SELECT value FROM json_each(?))';

/** Returns the rows of those patterns that exist. */
export function readPatternRows(database: Database, ids: readonly string[]): readonly Row[] {
  return database.prepare(PATTERNS).all(JSON.stringify(ids));
}

/** Returns the key of the command that fails in this way. */
export function readCommandOfPattern(database: Database, id: string): string | undefined {
  const row = readPatternRows(database, [id])[0] ?? readTeamRows(database, [id])[0];
  return stringField(row ?? {}, 'command_key');
}

/** Returns the patterns of a command, the latest first. */
export function readPatternsOfKey(database: Database, key: string, most: number): readonly Row[] {
  return database
    .prepare(
      'SELECT * FROM failure_patterns WHERE command_key = ? ORDER BY last_at DESC, id LIMIT ?',
    )
    .all(key, most);
}

const KNOWN_KEYS = `SELECT DISTINCT command_key AS key FROM failure_patterns
  WHERE command_key IN (SELECT value FROM json_each(?))`;

/** Returns those keys that have a failure which this machine or its team knows. */
export function readKeysKnownToFail(
  database: Database,
  keys: readonly string[],
): ReadonlySet<string> {
  const rows = database.prepare(KNOWN_KEYS).all(JSON.stringify(keys));
  return new Set([...rows.map(({ key }) => String(key)), ...readKeysTeamKnows(database, keys)]);
}

const CHOICES =
  'SELECT * FROM pattern_choices WHERE pattern_id IN (SELECT value FROM json_each(?))';

/** Returns the decisions about patterns, by their ids; patterns without a decision have no row. */
export function readChoices(
  database: Database,
  patterns: readonly string[],
): ReadonlyMap<string, Row> {
  const rows = database.prepare(CHOICES).all(JSON.stringify(patterns));
  return new Map(rows.map((row) => [String(row['pattern_id']), row]));
}

/** Returns the decision about a pattern; an empty row if there is none. */
export function readChoice(database: Database, pattern: string): Row {
  return readChoices(database, [pattern]).get(pattern) ?? {};
}

const BASES = 'SELECT * FROM pattern_bases WHERE pattern_id IN (SELECT value FROM json_each(?))';

/** Returns what is known about patterns besides their runs, by their ids. */
export function readBases(
  database: Database,
  patterns: readonly string[],
): ReadonlyMap<string, readonly Row[]> {
  const rows = database.prepare(BASES).all(JSON.stringify(patterns));
  return groupBy(rows, (row) => String(row['pattern_id']));
}

/** Returns the sums of deleted sessions for a pattern, if they were written after `since`. */
export function readForgottenBase(
  database: Database,
  pattern: string,
  since: number,
): Row | undefined {
  const rows = readBases(database, [pattern]).get(pattern) ?? [];
  return rows.find((row) => row['origin'] === 'forgotten' && isNewerThan(row, since));
}

/** Whether a base was written after `since`. */
export function isNewerThan(base: Row, since: number): boolean {
  return (numberField(base, 'made_at') ?? 0) > since;
}

/** Replaces the sums of deleted sessions for a pattern. */
export function saveForgottenBase(database: Database, pattern: string, base: Row): void {
  const row = { pattern_id: pattern, origin: 'forgotten', made_by: '', is_global: 0, ...base };
  applyWrites(database, [{ into: FORGOTTEN_BASES, row }]);
}

const SUMMARISE = `UPDATE failure_patterns SET kind = ?2, sessions = ?3, projects = ?4
  WHERE id = ?1 AND (kind, sessions, projects) <> (?2, ?3, ?4)`;

/** Saves the kind of a pattern, and in how many sessions and projects it occurred. */
export function savePatternSummary(
  database: Database,
  { id, kind, sessions, places }: { id: string; kind: string; sessions: number; places: number },
): void {
  database.prepare(SUMMARISE).run(id, kind, sessions, places);
}

/**
 * Returns the texts by which the gate selects calls of a command; `undefined` if there is no
 * warning for it.
 */
export function readLiterals(database: Database, key: string): string | undefined {
  const row = database.prepare('SELECT literals FROM failure_needles WHERE command_key = ?');
  return stringField(row.get(key) ?? {}, 'literals');
}

/** The texts of all commands, of each kind the most certain warnings first. */
export interface SurestLiterals {
  /** Of what failed on this machine. */
  readonly own: readonly string[];
  /** Of what only the team knows: their confidence is stored as one less. */
  readonly ofTeam: readonly string[];
}

export function readSurestLiterals(database: Database, most: number): SurestLiterals {
  const rows = database
    .prepare(
      'SELECT literals, confidence FROM failure_needles ORDER BY confidence DESC, command_key LIMIT ?',
    )
    .all(most);
  const isOwn = (row: Row): boolean => (numberField(row, 'confidence') ?? 0) > 0;
  const textOf = (row: Row): string => String(row['literals']);
  return {
    own: rows.filter(isOwn).map(textOf),
    ofTeam: rows.filter((row) => !isOwn(row)).map(textOf),
  };
}

export function saveLiterals(
  database: Database,
  key: string,
  needle: {
    readonly literals: string;
    readonly confidence: number;
    readonly fadesAt: number | null;
  },
): void {
  const { literals, confidence, fadesAt } = needle;
  const row = { command_key: key, literals, confidence, fades_at: fadesAt };
  applyWrites(database, [{ into: FAILURE_NEEDLES, row }]);
}

/**
 * Deletes the texts of a command.
 * @returns whether there were any.
 */
export function deleteLiterals(database: Database, key: string): boolean {
  return database.prepare('DELETE FROM failure_needles WHERE command_key = ?').run(key).changes > 0;
}

/**
 * Returns patterns that occurred in at least this many sessions and were not announced by an event
 * yet.
 */
export function readUndetectedPatterns(
  database: Database,
  sessions: number,
  most: number,
): readonly Row[] {
  return database
    .prepare('SELECT * FROM failure_patterns WHERE detected_at IS NULL AND sessions >= ? LIMIT ?')
    .all(sessions, most);
}

/**
 * Returns project patterns of these kinds that occurred in at least this many projects and
 * sessions.
 */
export function readCommonPatterns(
  database: Database,
  seen: { readonly kinds: readonly string[]; readonly projects: number; readonly sessions: number },
  most: number,
): readonly Row[] {
  const kinds = seen.kinds.map((kind) => `'${kind}'`).join(', ');
  return database
    .prepare(
      `SELECT * FROM failure_patterns WHERE promoted_at IS NULL AND kind IN (${kinds})
       AND projects >= ? AND sessions >= ? LIMIT ?`,
    )
    .all(seen.projects, seen.sessions, most);
}

/** Returns the keys of commands whose warnings have ended. */
export function readFadedCommands(
  database: Database,
  now: number,
  most: number,
): readonly string[] {
  return database
    .prepare('SELECT command_key FROM failure_needles WHERE fades_at <= ? LIMIT ?')
    .all(now, most)
    .map((row) => String(row['command_key']));
}

export function markDetected(database: Database, id: string, now: number): void {
  database.prepare('UPDATE failure_patterns SET detected_at = ? WHERE id = ?').run(now, id);
}

export function markPromoted(database: Database, id: string, now: number): void {
  database.prepare('UPDATE failure_patterns SET promoted_at = ? WHERE id = ?').run(now, id);
}

/**
 * Selects old patterns that cause no warning and have no decision. Its parameter is the time before
 * which patterns are old.
 */
export const STALE = `SELECT id FROM failure_patterns p WHERE last_at < ?
  AND NOT EXISTS (SELECT 1 FROM failure_needles n WHERE n.command_key = p.command_key)
  AND NOT EXISTS (SELECT 1 FROM pattern_choices c WHERE c.pattern_id = p.id AND (c.action IS NOT NULL OR c.confirmed_fix IS NOT NULL))`;

/** Returns the ids of patterns to delete. */
export function readStalePatterns(database: Database, before: number): ReadonlySet<string> {
  const ids = database.prepare(STALE).all(before);
  return new Set(ids.map(({ id }) => String(id)));
}

/** Deletes patterns last, because other stale rows are found through them. */
export function patternsToDelete({ historyBefore: before }: Expiry): readonly Deletion[] {
  const ofPattern = (table: string): Deletion => ({
    table,
    where: `pattern_id IN (${STALE})`,
    values: [before],
  });
  return [
    ...['pattern_bases', 'fix_commands', 'pattern_choices'].map(ofPattern),
    { table: 'failure_patterns', where: `id IN (${STALE})`, values: [before], at: 'last_at' },
  ];
}

const FORGET = `DELETE FROM failure_patterns WHERE id = ?1
  AND NOT EXISTS (SELECT 1 FROM command_runs WHERE pattern_id = ?1) AND NOT EXISTS (SELECT 1 FROM pattern_bases WHERE pattern_id = ?1)`;

/**
 * Deletes a pattern of which nothing else is known.
 * @returns the number of deleted rows.
 */
export function forgetPattern(database: Database, id: string): number {
  if (database.prepare(FORGET).run(id).changes === 0) return 0;
  return 1 + database.prepare('DELETE FROM fix_commands WHERE pattern_id = ?').run(id).changes;
}

/** Returns when a pattern was deleted; only later evidence counts. */
export function readDeletedAt(choice: Row): number {
  return numberField(choice, 'deleted_at') ?? -1;
}
