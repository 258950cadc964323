import type { Database } from '../../store/database.ts';
import { choose } from './choose.ts';
import { keepFixCommand } from './fix-commands.ts';
import { keepPattern } from './keep-run.ts';
import type { KnowledgeEntry } from './knowledge-entry.ts';

/** The later import stands. */
const KEEP = `INSERT INTO pattern_bases
    (pattern_id, origin, count, sessions, first_at, last_at, last_error, last_command, kind, projects, failed, is_global, made_at, made_by)
  VALUES (?, 'imported', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (pattern_id, origin) DO UPDATE SET count = excluded.count, sessions = excluded.sessions, first_at = excluded.first_at, last_at = excluded.last_at,
    last_error = excluded.last_error, last_command = excluded.last_command, kind = excluded.kind, projects = excluded.projects, failed = excluded.failed,
    is_global = excluded.is_global, made_at = excluded.made_at, made_by = excluded.made_by
  WHERE (made_at, made_by) < (excluded.made_at, excluded.made_by)`;

const KEEP_FIX = `INSERT INTO failure_fixes (pattern_id, evidence, session_id, text, is_edit, is_whole, count, at) VALUES (?, 'imported', NULL, ?, ?, ?, ?, ?)
  ON CONFLICT (pattern_id, evidence) DO UPDATE SET text = excluded.text, is_edit = excluded.is_edit, is_whole = excluded.is_whole, count = excluded.count, at = excluded.at
  WHERE (at, text, is_edit, is_whole, count) < (excluded.at, excluded.text, excluded.is_edit, excluded.is_whole, excluded.count)`;

/**
 * Keeps what was learned elsewhere, beside what is learned here; imported again, it counts once. A decision comes along unless a later one was
 * made here; that a command be replaced must be decided on this machine.
 */
export function keepImported(
  database: Database,
  entry: KnowledgeEntry,
  made: { readonly at: number; readonly by: string },
): void {
  const { id, key, tool, error, needle, isGeneral, fix } = entry;
  const [firstAt, lastAt] = [Date.parse(entry.firstSeen), Date.parse(entry.lastSeen)];
  keepPattern(database, {
    id,
    tool,
    shape: { key, text: entry.command, needle, isGeneral },
    error,
    lastAt,
  });
  const lists = [JSON.stringify(entry.projects), JSON.stringify(entry.failed)];
  const isGlobal = entry.scope === 'global' ? 1 : 0;
  database
    .prepare(KEEP)
    .run(
      id,
      entry.count,
      entry.sessions,
      firstAt,
      lastAt,
      entry.lastError,
      entry.lastCommand,
      entry.kind,
      ...lists,
      isGlobal,
      made.at,
      made.by,
    );
  if (fix !== null)
    database
      .prepare(KEEP_FIX)
      .run(id, fix.text, fix.isEdit ? 1 : 0, fix.isWhole ? 1 : 0, fix.count, made.at);
  if (fix !== null && !fix.isEdit) keepFixCommand(database, id, 'Bash', fix.text);
  if (entry.action !== null && entry.action !== 'auto-fix' && entry.actionAt !== null)
    choose(database, {
      patternId: id,
      action: entry.action,
      fix: null,
      at: Date.parse(entry.actionAt),
      by: `import ${id}`,
    });
}
