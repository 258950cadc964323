import { existsSync, renameSync } from 'node:fs';
import { numberField, stringField } from '../core/json.ts';
import type { Database, Row } from './database.ts';
import { EVENT_FILES } from './event-files-table.ts';
import { emptyLog } from './pragmas.ts';
import { SESSIONS } from './sessions-table.ts';
import { applyWrites, type Write } from './sink.ts';
import { storeFaultOf } from './store-fault.ts';
import { addEarlier } from './tombstones.ts';
import { inTransaction } from './transaction.ts';

const SUFFIX = '.before-1';

/** Files that move with a database: its write-ahead log and the index of the log. */
const COMPANIONS = ['', '-wal', '-shm'];

/**
 * Returns the path of a store from before schema 1 that was moved aside, or `undefined`. `status`
 * shows it.
 */
export function findEarlierStore(path: string): string | undefined {
  const kept = `${path}${SUFFIX}`;
  return existsSync(kept) ? kept : undefined;
}

/**
 * Moves a store from before schema 1 to `waymark.db.before-1` (`.before-1.2` and so on if that
 * exists). Deletes nothing.
 * @param database The open store; it is closed.
 * @returns its new path.
 */
export function moveEarlierStoreAside(database: Database, path: string): string {
  try {
    emptyLog(database);
  } finally {
    database.close();
  }
  const kept = freeName(`${path}${SUFFIX}`);
  for (const companion of COMPANIONS)
    if (existsSync(`${path}${companion}`)) renameSync(`${path}${companion}`, `${kept}${companion}`);
  return kept;
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let count = 2; existsSync(name); count += 1) name = `${wanted}.${count}`;
  return name;
}

/**
 * What a new store needs from an earlier one: its sessions, so that their transcripts are read
 * again; applied ids, so that none is applied twice or missed by the ledger; and the files to which
 * events are appended.
 */
const FILES_BEFORE = 'SELECT path, sink, inode, length, day FROM earlier.event_files';

/**
 * Fills a new store from an earlier one. Takes nothing from a damaged one: the new store starts
 * empty then.
 */
export function importEarlierStore(database: Database, kept: string): void {
  try {
    database.exec(`ATTACH DATABASE '${kept.replaceAll("'", "''")}' AS earlier`);
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return;
  }
  try {
    const tables = database.prepare('SELECT name FROM earlier.sqlite_schema').all();
    const names = new Set(tables.map((row) => row['name']));
    if (!['events', 'tombstones', 'sessions'].every((name) => names.has(name))) return;
    inTransaction(database, () => {
      applyWrites(database, database.prepare(SESSIONS_BEFORE).all().flatMap(sessionOf));
      addEarlier(database);
      if (names.has('event_files'))
        applyWrites(
          database,
          database
            .prepare(FILES_BEFORE)
            .all()
            .map((row) => ({ into: EVENT_FILES, row })),
        );
    });
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
  } finally {
    database.exec('DETACH DATABASE earlier');
  }
}

const SESSIONS_BEFORE = `SELECT id, project, worktree, repository, identity_at, transcript_path, model, model_at,
    started_at, last_started_at, ended_at, end_reason, first_event_at, last_event_at FROM earlier.sessions`;

/**
 * Reads what an earlier store knew about a session. It did not record which columns were written
 * together.
 */
function sessionOf(row: Row): readonly Write[] {
  const of = (...columns: readonly string[]): Write['row'] =>
    Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
  const path = stringField(row, 'transcript_path');
  const at = numberField(row, 'identity_at') ?? numberField(row, 'last_event_at') ?? 0;
  const values = {
    ...of('id', 'first_event_at', 'last_event_at', 'started_at', 'last_started_at'),
    ...of('ended_at', 'end_reason', 'model_at', 'model'),
    ...{ identity_whole: 0, ...of('identity_at', 'project', 'worktree', 'repository') },
    ...(path === undefined ? {} : { transcript_at: at, transcript_path: path }),
  };
  return [{ into: SESSIONS, row: values }];
}
