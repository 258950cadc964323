import type { Database } from '../store/database.ts';
import { makeMonths } from '../store/postgres/hosts.ts';
import { applyToPostgres } from '../store/postgres/postgres-sink.ts';
import { inPostgresTransaction, type PostgresSession } from '../store/postgres/session.ts';
import type { SharedTable } from '../store/postgres/table-shape.ts';
import type { Change } from '../store/sink.ts';
import { FIELD_GROUPS } from './field-groups.ts';
import { selectFields } from './select-fields.ts';
import { countTableRows, tableRows } from './table.ts';
import { SHARED, shapesOf } from './shared-tables.ts';

/** How far a copy is. It names no row, so that it tells nothing of a session. */
export interface CopyPosition {
  readonly table: string;
  /** Rows of this table that are there, in the order of its key. */
  readonly rows: number;
}

export interface CopyProgress {
  readonly table: string;
  readonly done: number;
  readonly total: number;
}

export interface CopyParts {
  /** In one state, until the copy ends. */
  readonly store: Database;
  readonly session: PostgresSession;
  readonly host: string;
  readonly tables: readonly SharedTable[];
  /** Where an earlier copy of this state ended. */
  readonly position?: CopyPosition | undefined;
  /** Called after each commit. */
  readonly save: (position: CopyPosition) => void;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly isStopped: () => boolean;
}

export interface CopyResult {
  readonly isDone: boolean;
  /** Rows that are there, and all of the store. */
  readonly done: number;
  readonly total: number;
  /** Rows that this run sent. */
  readonly sent: number;
}

const ROWS_AT_ONCE = 1_000;

/**
 * Copies every row that the team may have, complete, with this machine's id in front of its key. A
 * chunk that is copied again replaces its rows: an interrupted copy loses and duplicates nothing.
 * @throws {@link PostgresFault}
 */
export async function copyStore(parts: CopyParts): Promise<CopyResult> {
  const { store, session, host, tables, position, save, onProgress, isStopped } = parts;
  const shapes = shapesOf(tables);
  const counts = tables.map(({ shape }) => countTableRows(store, shape));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const months = new Set<string>();
  const first = tables.findIndex(({ shape }) => shape.definition.table === position?.table);
  let done = 0;
  let sent = 0;
  for (const [index, table] of tables.entries()) {
    const { definition } = table.shape;
    const known = index < first ? counts[index] : index === first ? position?.rows : 0;
    const skip = Math.min(known ?? 0, counts[index] ?? 0);
    done += skip;
    if (index < first) continue;
    let rows = skip;
    for (const piece of tableRows(store, table.shape, { skip, atOnce: ROWS_AT_ONCE })) {
      if (isStopped()) return { isDone: false, done, total, sent };
      const changes = piece.map((row) => wholeRow(table, row));
      await makeMonths(session, { tables, months }, changes);
      await inPostgresTransaction(session, () => applyToPostgres(session, host, shapes, changes));
      rows += piece.length;
      done += piece.length;
      sent += piece.length;
      save({ table: definition.table, rows });
      onProgress({ table: definition.table, done, total });
    }
  }
  return { isDone: true, done, total, sent };
}

const EVERYTHING = new Set(FIELD_GROUPS);

function wholeRow({ shape }: SharedTable, row: Parameters<typeof selectFields>[0]): Change {
  const sharing = SHARED.find(({ into }) => into.table === shape.definition.table);
  if (sharing === undefined)
    throw new Error(`Cannot copy ${shape.definition.table}: no such table`);
  const told = selectFields(row, { shape, sharing, groups: EVERYTHING, salt: '' });
  return { into: shape.definition, row: told };
}
