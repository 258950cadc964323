import { stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import type { Place } from './field-groups.ts';

const PLACE = 'SELECT project, worktree, repository FROM sessions WHERE id = ?';

/** Where a session works; `undefined` while the session is not known. */
export function placeOfSession(database: Database, id: string): Place | undefined {
  const row = database.prepare(PLACE).get(id);
  if (row === undefined) return undefined;
  return {
    project: stringField(row, 'project') ?? null,
    worktree: stringField(row, 'worktree') ?? null,
    repository: stringField(row, 'repository') ?? null,
  };
}

const SESSIONS =
  'SELECT DISTINCT session_id AS id FROM command_runs WHERE pattern_id = ? AND session_id IS NOT NULL LIMIT 20';

/** Sessions in which a command failed in this way, some of them. */
export function sessionsOfPattern(database: Database, pattern: string): readonly string[] {
  const rows = database.prepare(SESSIONS).all(pattern);
  return rows.map(({ id }) => String(id));
}
