import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { applyWrites, type TableDefinition } from './sink.ts';
import { inTransaction } from './transaction.ts';

/** Hashes of sessions that must never return. No file contains their ids any more. */
export const FORGOTTEN: TableDefinition = { table: 'forgotten', key: ['hash'], once: ['at'] };

/** Remembers for ever that these sessions were forgotten. */
export function rememberForgotten(
  database: Database,
  sessions: readonly string[],
  at: number,
): void {
  inTransaction(database, () => writeHashes(database, sessions.map(hashOf), at));
}

/** Keys of the row that says that a `forget` has not ended. No hash looks like them. */
const UNFINISHED = { own: 'unfinished', withClientFiles: 'unfinished with client files' };

/** A `forget` that was killed, or that a full disk stopped. */
export interface UnfinishedForget {
  /** Whether it was to delete the client's files, too. */
  readonly clientFiles: boolean;
}

/**
 * Remembers sessions as forgotten, and that their traces are not deleted yet, in one transaction:
 * whatever happens next, a later run can complete it.
 */
export function beginForget(
  database: Database,
  sessions: readonly string[],
  { at, clientFiles }: UnfinishedForget & { readonly at: number },
): void {
  const hash = clientFiles ? UNFINISHED.withClientFiles : UNFINISHED.own;
  inTransaction(database, () => writeHashes(database, [...sessions.map(hashOf), hash], at));
}

function writeHashes(database: Database, hashes: readonly string[], at: number): void {
  applyWrites(
    database,
    hashes.map((hash) => ({ into: FORGOTTEN, row: { hash, at } })),
  );
}

/** Notes that the traces of all forgotten sessions are deleted. */
export function endForget(database: Database): void {
  database
    .prepare('DELETE FROM forgotten WHERE hash IN (?, ?)')
    .run(UNFINISHED.own, UNFINISHED.withClientFiles);
}

/** Whether a `forget` has begun and not ended. */
export function readUnfinishedForget(database: Database): UnfinishedForget | undefined {
  const keys = database
    .prepare('SELECT hash FROM forgotten WHERE hash IN (?, ?)')
    .all(UNFINISHED.own, UNFINISHED.withClientFiles)
    .map(({ hash }) => hash);
  return keys.length === 0 ? undefined : { clientFiles: keys.includes(UNFINISHED.withClientFiles) };
}

/** Sessions that were forgotten and still have a row, which is deleted last. */
export function listHalfForgotten(
  database: Database,
): ReadonlyArray<{ readonly id: string; readonly transcriptPath: string | null }> {
  return database
    .prepare('SELECT id, transcript_path FROM sessions')
    .all()
    .map((row) => ({ id: String(row['id']), path: row['transcript_path'] }))
    .filter(({ id }) => isForgotten(database, id))
    .map(({ id, path }) => ({ id, transcriptPath: typeof path === 'string' ? path : null }));
}

/** Whether a user had this session forgotten: nothing of it may be stored, archived or restored. */
export function isForgotten(database: Database, session: string): boolean {
  const row = database.prepare('SELECT 1 FROM forgotten WHERE hash = ?').get(hashOf(session));
  return row !== undefined;
}

/** Returns the sessions that were forgotten. Costs one query as long as none was. */
export function forgottenOf(
  database: Database,
  sessions: ReadonlySet<string>,
): ReadonlySet<string> {
  if (sessions.size === 0) return NONE;
  if (database.prepare('SELECT 1 FROM forgotten LIMIT 1').get() === undefined) return NONE;
  return new Set([...sessions].filter((session) => isForgotten(database, session)));
}

const NONE: ReadonlySet<string> = new Set();

function hashOf(session: string): string {
  return createHash('sha256').update(session).digest('hex').slice(0, 32);
}
