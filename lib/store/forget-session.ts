import type { Database } from './database.ts';
import { inTransaction } from './transaction.ts';

/** What was learned from this session alone goes with it. */
const PATTERNS =
  'SELECT DISTINCT pattern_id AS id FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL';
const FORGET_PATTERN = `DELETE FROM failure_patterns WHERE id = ?1
  AND NOT EXISTS (SELECT 1 FROM command_runs WHERE pattern_id = ?1) AND NOT EXISTS (SELECT 1 FROM pattern_bases WHERE pattern_id = ?1)`;

/**
 * Removes every row of a session from every table, in one transaction, and remembers nothing of it: no tombstones.
 * For sessions that never were, such as the sample of an installation; what is still in the queue would bring it back.
 * @returns how many rows went.
 */
export function forgetSession(database: Database, sessionId: string): number {
  return inTransaction(database, () => {
    const patterns = database.prepare(PATTERNS).all(sessionId);
    const requests = database
      .prepare('DELETE FROM refreshes WHERE key IN (SELECT id FROM events WHERE session_id = ?)')
      .run(sessionId).changes;
    let removed =
      requests + database.prepare('DELETE FROM sessions WHERE id = ?').run(sessionId).changes;
    for (const table of tablesOfSessions(database))
      removed += database
        .prepare(`DELETE FROM ${table} WHERE session_id = ?`)
        .run(sessionId).changes;
    removed += database.prepare('DELETE FROM refreshes WHERE key = ?').run(sessionId).changes;
    for (const { id } of patterns) {
      const isGone = database.prepare(FORGET_PATTERN).run(String(id)).changes > 0;
      if (isGone)
        removed +=
          1 +
          database.prepare('DELETE FROM fix_commands WHERE pattern_id = ?').run(String(id)).changes;
    }
    return removed;
  });
}

/** Asked of the schema, so that a table which a later version adds is not forgotten here. */
function tablesOfSessions(database: Database): readonly string[] {
  const sql = `SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'session_id' WHERE m.type = 'table' ORDER BY m.name`;
  return database
    .prepare(sql)
    .all()
    .map((row) => String(row['name']));
}
