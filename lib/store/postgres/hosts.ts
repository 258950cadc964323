import { DAY_MS } from '../../core/clock.ts';
import type { Change } from '../table-definition.ts';
import { quoted, ROWS, rowsTable } from './merge-sql.ts';
import { applyToPostgres, type Shapes } from './postgres-sink.ts';
import { inPostgresTransaction, type PostgresSession } from './session.ts';
import type { SharedTable } from './table-shape.ts';
import { refusalOf } from './team-member.ts';

/** A machine as the team knows it. */
export interface FleetHost {
  /** A random id: two machines may have one name. */
  readonly host: string;
  readonly name: string;
  readonly person: string | null;
  readonly version: string;
  /** Names the store whose changes and events are counted; another one begins anew. */
  readonly feed: string;
}

/** Up to which change and which event of a store its rows are applied. */
export interface AppliedUpTo {
  readonly change: number;
  readonly event: number;
}

/** What is applied in one transaction. */
export interface HostBatch {
  readonly upTo: number;
  readonly eventsUpTo: number;
  readonly changes: readonly Change[];
  /** Hashes of sessions of which nothing may be left. */
  readonly forgotten: readonly string[];
}

/**
 * Makes a machine known. @returns how far its store is applied.
 * @throws {@link PostgresFault}, {@link WaymarkError} for a machine of another team.
 */
export async function registerHost(
  session: PostgresSession,
  { host, name, person, version, feed }: FleetHost,
): Promise<AppliedUpTo> {
  const [row] = await session
    .query(
      `INSERT INTO ${ROWS}.hosts AS h (host, name, person, version, feed) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (host) DO UPDATE SET name = excluded.name, person = excluded.person, version = excluded.version, feed = excluded.feed,
       applied = CASE WHEN h.feed = excluded.feed THEN h.applied ELSE 0 END,
       applied_events = CASE WHEN h.feed = excluded.feed THEN h.applied_events ELSE 0 END
     RETURNING applied, applied_events`,
      [host, name, person, version, feed],
    )
    .catch(async (error: unknown) => {
      throw await refusalOf(session, host, error);
    });
  return { change: Number(row?.['applied'] ?? 0), event: Number(row?.['applied_events'] ?? 0) };
}

/** What the applying of batches goes by. */
export interface HostPlace {
  readonly host: string;
  readonly tables: readonly SharedTable[];
  readonly shapes: Shapes;
  /** Months that are known to have a partition; filled here. */
  readonly months: Set<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Applies a batch of a machine in one transaction, with how far it goes: each change counts once,
 * however often it is sent.
 * @returns whether it was new.
 * @throws {@link PostgresFault}; nothing is applied then.
 */
export async function applyBatch(
  session: PostgresSession,
  place: HostPlace,
  batch: HostBatch,
): Promise<boolean> {
  await makeMonths(session, place, batch.changes);
  return inPostgresTransaction(session, async () => {
    const [known] = await session.query(
      `SELECT applied, applied_events FROM ${ROWS}.hosts WHERE host = $1 FOR UPDATE`,
      [place.host],
    );
    if (known === undefined) throw new Error('Cannot apply a batch: the machine is not known');
    const isNew =
      batch.upTo > Number(known['applied']) || batch.eventsUpTo > Number(known['applied_events']);
    if (!isNew) return false;
    for (const hash of batch.forgotten) await forgetSession(session, place, hash);
    await applyToPostgres(session, place.host, place.shapes, batch.changes);
    await session.query(
      `UPDATE ${ROWS}.hosts SET applied = $2, applied_events = $3, sent_at = now(),
         clock_ahead_ms = $4::bigint - (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE host = $1`,
      [place.host, batch.upTo, batch.eventsUpTo, place.now],
    );
    return true;
  });
}

/**
 * Removes every row of a machine, and the machine. A batch of it that is being applied comes
 * before, a later one finds no machine. @throws {@link PostgresFault}
 */
export async function removeHost(
  session: PostgresSession,
  host: string,
  tables: readonly SharedTable[],
): Promise<void> {
  await inPostgresTransaction(session, async () => {
    await session.query(`SELECT 1 FROM ${ROWS}.hosts WHERE host = $1 FOR UPDATE`, [host]);
    await deleteRows(session, host, tables);
  });
}

async function deleteRows(
  session: PostgresSession,
  host: string,
  tables: readonly SharedTable[],
): Promise<void> {
  for (const { shape } of tables)
    await session.query(`DELETE FROM ${rowsTable(shape.definition.table)} WHERE host = $1`, [host]);
  await session.query(`DELETE FROM ${ROWS}.hosts WHERE host = $1`, [host]);
}

/**
 * The same inside the transaction of the caller, for a machine whose entries may come later: none
 * of them is applied any more. Only rows of the team of this role are deleted.
 */
export async function endHost(
  session: PostgresSession,
  host: string,
  tables: readonly SharedTable[],
): Promise<void> {
  await deleteRows(session, host, tables);
  await session.query(`INSERT INTO ${ROWS}.left_hosts (host) VALUES ($1) ON CONFLICT DO NOTHING`, [
    host,
  ]);
}

/** The machine alone knows the session by its id; it has sent what the local store keeps of it. */
export async function forgetSession(
  session: PostgresSession,
  { host, tables }: Pick<HostPlace, 'host' | 'tables'>,
  hash: string,
): Promise<void> {
  const rows = await session.query(
    `SELECT id FROM ${rowsTable('sessions')} WHERE host = $1 AND left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 32) = $2`,
    [host, hash],
  );
  for (const { id = null } of rows)
    for (const { shape, session: column } of tables)
      if (column !== undefined)
        await session.query(
          `DELETE FROM ${rowsTable(shape.definition.table)} WHERE host = $1 AND ${quoted(column)} = $2`,
          [host, id],
        );
}

/**
 * Outside the transaction: to make a partition locks the table, and another machine may do it at
 * the same time.
 */
export async function makeMonths(
  session: PostgresSession,
  { tables, months }: Pick<HostPlace, 'tables' | 'months'>,
  changes: readonly Change[],
): Promise<void> {
  const byTable = new Map(
    tables.flatMap(({ shape, month }) =>
      month === undefined ? [] : [[shape.definition.table, month]],
    ),
  );
  for (const change of changes) {
    if ('from' in change) continue;
    const column = byTable.get(change.into.table);
    const at = column === undefined ? undefined : change.row[column];
    if (typeof at !== 'number' || Math.abs(at) > LAST_TIME) continue;
    const first = `${new Date(at).toISOString().slice(0, 7)}-01`;
    if (months.has(first) || !/^\d{4}-\d\d-01$/.test(first)) continue;
    await session.query(`SELECT ${ROWS}.make_month($1::date)`, [first]);
    months.add(first);
  }
}

/** What a date can be. */
const LAST_TIME = 100_000_000 * DAY_MS;
