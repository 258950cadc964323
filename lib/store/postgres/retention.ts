import { quoted, ROWS, rowsTable } from './merge-sql.ts';
import { inPostgresTransaction, type PostgresSession } from './session.ts';
import type { SharedTable } from './table-shape.ts';

/** What is too old at a team. */
export interface OldRows {
  /** Months of events that lie before the time whole, as `2026-08`. */
  readonly months: readonly string[];
  /** What these months take on the disk. */
  readonly bytes: number;
  /** Sessions in which nothing happened since. */
  readonly sessions: number;
}

export interface RetentionPlace {
  readonly tables: readonly SharedTable[];
  /** Milliseconds since the epoch. */
  readonly before: number;
}

/** Sessions that are deleted in one transaction. */
const SESSIONS_AT_ONCE = 200;

/** Writers wait while a month is dropped; it waits no longer for them. */
const LOCK_TIMEOUT = '5s';

const LAST = 'coalesce(last_event_at, ended_at, last_started_at, started_at, 0)';

/** Finds it, and changes nothing. @throws {@link PostgresFault} */
export async function findOldRows(
  session: PostgresSession,
  { before }: RetentionPlace,
): Promise<OldRows> {
  const months = await oldMonths(session, before);
  const [row] = await session.query(
    `SELECT count(*) AS n FROM ${rowsTable('sessions')} WHERE ${LAST} < $1`,
    [before],
  );
  return {
    months: months.map(({ month }) => month),
    bytes: months.reduce((sum, { bytes }) => sum + bytes, 0),
    sessions: Number(row?.['n'] ?? 0),
  };
}

/**
 * Drops months of events, which takes no time however many they are, and deletes sessions with all
 * their rows, some at a time: cut off and called again, it goes on. What was learned from failures
 * stays, apart from its evidence in these sessions.
 * @throws {@link PostgresFault} `denied` for a role that is not the owner of the tables.
 */
export async function deleteOldRows(
  session: PostgresSession,
  place: RetentionPlace,
  onProgress: (sessions: number) => void = () => undefined,
): Promise<OldRows & { readonly rows: number }> {
  const { before, tables } = place;
  const months = await oldMonths(session, before);
  await session.script(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
  for (const { table } of months) await session.script(`DROP TABLE ${ROWS}.${quoted(table)}`);
  const stray = await session.query(
    `WITH gone AS (DELETE FROM ${ROWS}.events_other WHERE "at" < $1 RETURNING 1) SELECT count(*) AS n FROM gone`,
    [before],
  );
  let rows = Number(stray[0]?.['n'] ?? 0);
  let sessions = 0;
  for (;;) {
    const some = await inPostgresTransaction(session, () => deleteSome(session, tables, before));
    if (some.sessions === 0) break;
    sessions += some.sessions;
    rows += some.rows;
    onProgress(sessions);
  }
  const bytes = months.reduce((sum, one) => sum + one.bytes, 0);
  return { months: months.map(({ month }) => month), bytes, sessions, rows };
}

async function deleteSome(
  session: PostgresSession,
  tables: readonly SharedTable[],
  before: number,
): Promise<{ readonly sessions: number; readonly rows: number }> {
  const found = await session.query(
    `SELECT host, id FROM ${rowsTable('sessions')} WHERE ${LAST} < $1 LIMIT ${SESSIONS_AT_ONCE} FOR UPDATE`,
    [before],
  );
  if (found.length === 0) return { sessions: 0, rows: 0 };
  const list = JSON.stringify(found);
  let rows = 0;
  for (const { shape, session: column } of tables) {
    if (column === undefined) continue;
    const [row] = await session.query(
      `WITH gone AS (DELETE FROM ${rowsTable(shape.definition.table)} AS r
         USING json_to_recordset($1::json) AS x(host text, id text)
         WHERE r.host = x.host AND r.${quoted(column)} = x.id RETURNING 1) SELECT count(*) AS n FROM gone`,
      [list],
    );
    rows += Number(row?.['n'] ?? 0);
  }
  return { sessions: found.length, rows };
}

interface OldMonth {
  readonly table: string;
  readonly month: string;
  readonly bytes: number;
}

async function oldMonths(session: PostgresSession, before: number): Promise<readonly OldMonth[]> {
  const rows = await session.query(
    `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = '${ROWS}.events'::regclass ORDER BY 1`,
  );
  return rows.flatMap((row) => {
    const table = String(row['name']);
    const [, year, month] = /^events_(\d{4})(\d\d)$/.exec(table) ?? [];
    if (year === undefined || month === undefined) return [];
    const end = Date.UTC(Number(year), Number(month), 1);
    return end > before ? [] : [{ table, month: `${year}-${month}`, bytes: Number(row['bytes']) }];
  });
}
