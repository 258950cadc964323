import { groupBy } from '../../core/group-by.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import type { Deletion, Expiry } from '../../store/keeper.ts';
import { applyWrites, type TableDefinition } from '../../store/sink.ts';

/** What follows from the id stays as it is; a collision of hashes ends the same way in any order. */
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

/** What was imported of a pattern: the later import counts. */
export const IMPORTED_BASES: TableDefinition = {
  table: 'pattern_bases',
  key: ['pattern_id', 'origin'],
  latest: [['made_at', 'made_by', ...BASE]],
};

/** What runs of sessions that are gone said of a pattern. */
const FORGOTTEN_BASES: TableDefinition = {
  table: 'pattern_bases',
  key: ['pattern_id', 'origin'],
  replaced: ['made_at', 'made_by', ...BASE],
};

/** What the user decided: of two decisions the later, of two in one millisecond that of the greater event. */
export const PATTERN_CHOICES: TableDefinition = {
  table: 'pattern_choices',
  key: ['pattern_id'],
  greatest: ['deleted_at'],
  latest: [
    ['action_at', 'action_by', 'action', 'action_fix'],
    ['confirmed_at', 'confirmed_by', 'confirmed_fix'],
  ],
};

/** Commands that Claude may have to be warned of. */
const FAILURE_NEEDLES: TableDefinition = {
  table: 'failure_needles',
  key: ['command_key'],
  replaced: ['literals', 'confidence', 'fades_at'],
};

const PATTERNS = 'SELECT * FROM failure_patterns WHERE id IN (SELECT value FROM json_each(?))';

/** Those of these patterns that are known. */
export function patternRows(database: Database, ids: readonly string[]): readonly Row[] {
  return database.prepare(PATTERNS).all(JSON.stringify(ids));
}

/** The key of the command that fails in this way. */
export function commandOfPattern(database: Database, id: string): string | undefined {
  return stringField(patternRows(database, [id])[0] ?? {}, 'command_key');
}

/** The ways in which a command fails, the latest first. */
export function patternsOfKey(database: Database, key: string, most: number): readonly Row[] {
  return database
    .prepare(
      'SELECT * FROM failure_patterns WHERE command_key = ? ORDER BY last_at DESC, id LIMIT ?',
    )
    .all(key, most);
}

const KNOWN_KEYS = `SELECT DISTINCT command_key AS key FROM failure_patterns
  WHERE command_key IN (SELECT value FROM json_each(?))`;

/** Those of these commands of which a way is known in which they fail. */
export function keysKnownToFail(database: Database, keys: readonly string[]): ReadonlySet<string> {
  const rows = database.prepare(KNOWN_KEYS).all(JSON.stringify(keys));
  return new Set(rows.map(({ key }) => String(key)));
}

const CHOICES =
  'SELECT * FROM pattern_choices WHERE pattern_id IN (SELECT value FROM json_each(?))';

/** What was decided about patterns, by their ids; no row where nothing was. */
export function choicesOf(
  database: Database,
  patterns: readonly string[],
): ReadonlyMap<string, Row> {
  const rows = database.prepare(CHOICES).all(JSON.stringify(patterns));
  return new Map(rows.map((row) => [String(row['pattern_id']), row]));
}

/** What was decided about a pattern; an empty row if nothing was. */
export function choiceOf(database: Database, pattern: string): Row {
  return choicesOf(database, [pattern]).get(pattern) ?? {};
}

const BASES = 'SELECT * FROM pattern_bases WHERE pattern_id IN (SELECT value FROM json_each(?))';

/** What is known of patterns beside their runs, by their ids. */
export function basesOf(
  database: Database,
  patterns: readonly string[],
): ReadonlyMap<string, readonly Row[]> {
  const rows = database.prepare(BASES).all(JSON.stringify(patterns));
  return groupBy(rows, (row) => String(row['pattern_id']));
}

/** What forgotten sessions left of a pattern, if that was noted after `since`. */
export function forgottenBase(database: Database, pattern: string, since: number): Row | undefined {
  const rows = basesOf(database, [pattern]).get(pattern) ?? [];
  return rows.find((row) => row['origin'] === 'forgotten' && isAfter(row, since));
}

/** Whether a base was noted after `since`. */
export function isAfter(base: Row, since: number): boolean {
  return (numberField(base, 'made_at') ?? 0) > since;
}

/** Replaces what forgotten sessions left of a pattern. */
export function keepForgottenBase(database: Database, pattern: string, base: Row): void {
  const row = { pattern_id: pattern, origin: 'forgotten', made_by: '', is_global: 0, ...base };
  applyWrites(database, [{ into: FORGOTTEN_BASES, row }]);
}

const SUMMARISE = `UPDATE failure_patterns SET kind = ?2, sessions = ?3, projects = ?4
  WHERE id = ?1 AND (kind, sessions, projects) <> (?2, ?3, ?4)`;

/** Notes of what kind a pattern is and how widely it was seen. */
export function summarisePattern(
  database: Database,
  { id, kind, sessions, places }: { id: string; kind: string; sessions: number; places: number },
): void {
  database.prepare(SUMMARISE).run(id, kind, sessions, places);
}

/** The texts by which the gate selects calls of a command; `undefined` if nothing is to be said of it. */
export function literalsOf(database: Database, key: string): string | undefined {
  const row = database.prepare('SELECT literals FROM failure_needles WHERE command_key = ?');
  return stringField(row.get(key) ?? {}, 'literals');
}

/** The texts of all commands, the surest warnings first. */
export function surestLiterals(database: Database, most: number): readonly string[] {
  return database
    .prepare('SELECT literals FROM failure_needles ORDER BY confidence DESC, command_key LIMIT ?')
    .all(most)
    .map((row) => String(row['literals']));
}

export function keepLiterals(
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

/** @returns whether there were any. */
export function removeLiterals(database: Database, key: string): boolean {
  return database.prepare('DELETE FROM failure_needles WHERE command_key = ?').run(key).changes > 0;
}

/** Patterns that were seen in so many sessions, which no event has announced yet. */
export function undetectedPatterns(
  database: Database,
  sessions: number,
  most: number,
): readonly Row[] {
  return database
    .prepare('SELECT * FROM failure_patterns WHERE detected_at IS NULL AND sessions >= ? LIMIT ?')
    .all(sessions, most);
}

/** Patterns of these kinds that hold in one project so far, and were seen in so many projects and sessions. */
export function commonPatterns(
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

/** Keys of commands about which nothing is to be said any more. */
export function fadedCommands(database: Database, now: number, most: number): readonly string[] {
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
 * Patterns that are old, of which Claude is not warned, and about which nothing was decided. Its parameter is the time
 * before which all is old.
 */
export const STALE = `SELECT id FROM failure_patterns p WHERE last_at < ?
  AND NOT EXISTS (SELECT 1 FROM failure_needles n WHERE n.command_key = p.command_key)
  AND NOT EXISTS (SELECT 1 FROM pattern_choices c WHERE c.pattern_id = p.id AND (c.action IS NOT NULL OR c.confirmed_fix IS NOT NULL))`;

/** Ids of patterns that go. */
export function stalePatterns(database: Database, before: number): ReadonlySet<string> {
  const ids = database.prepare(STALE).all(before);
  return new Set(ids.map(({ id }) => String(id)));
}

/** Patterns go last: what else is stale is known by them. */
export function patternsToDelete({ before }: Expiry): readonly Deletion[] {
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

/** Removes a pattern of which nothing else is known. @returns how many rows went. */
export function forgetPattern(database: Database, id: string): number {
  if (database.prepare(FORGET).run(id).changes === 0) return 0;
  return 1 + database.prepare('DELETE FROM fix_commands WHERE pattern_id = ?').run(id).changes;
}

/** After this moment evidence about a pattern counts. */
export function deletedAtIn(choice: Row): number {
  return numberField(choice, 'deleted_at') ?? -1;
}
