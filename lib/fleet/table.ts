import { stringField } from '../core/json.ts';
import type { Database, Row, SqlValue } from '../store/database.ts';
import type { TableShape } from '../store/postgres/table-shape.ts';
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

/** How many rows a table of the store has. */
export function countTableRows(store: Database, { definition: { table } }: TableShape): number {
  const row = store.prepare(`SELECT count(*) AS n FROM ${table}`).get();
  return Number(row?.['n'] ?? 0);
}

/** Rows of a table in the order of its key, in pieces. @param skip How many are left out. */
export function* tableRows(
  store: Database,
  { definition: { table, key } }: TableShape,
  { skip, atOnce }: { readonly skip: number; readonly atOnce: number },
): Generator<readonly Row[]> {
  const columns = key.join(', ');
  const behind = `SELECT * FROM ${table} WHERE (${columns}) > (${key.map(() => '?').join(', ')}) ORDER BY ${columns} LIMIT ?`;
  let last: readonly SqlValue[] | undefined = skip === 0 ? undefined : keyAt(skip - 1);
  for (;;) {
    const rows =
      last === undefined
        ? store.prepare(`SELECT * FROM ${table} ORDER BY ${columns} LIMIT ?`).all(atOnce)
        : store.prepare(behind).all(...last, atOnce);
    const end = rows.at(-1);
    if (end === undefined) return;
    yield rows;
    last = key.map((name) => end[name] ?? null);
  }

  function keyAt(place: number): readonly SqlValue[] | undefined {
    const row = store
      .prepare(`SELECT ${columns} FROM ${table} ORDER BY ${columns} LIMIT 1 OFFSET ?`)
      .get(place);
    return row === undefined ? undefined : key.map((name) => row[name] ?? null);
  }
}
