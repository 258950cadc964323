import { shortHash16 } from '../core/short-hash.ts';
import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import type { IndexedSession } from './table-sessions.ts';

const TABLES = `
-- first, last: the range of its places. seen: what the store said of the session when it was indexed.
CREATE TABLE indexed_sessions (num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, folder INTEGER NOT NULL, first INTEGER, last INTEGER, seen TEXT NOT NULL DEFAULT '');
CREATE TABLE folders (num INTEGER PRIMARY KEY, project TEXT NOT NULL, worktree TEXT NOT NULL, UNIQUE (project, worktree));
-- How far each transcript was read.
CREATE TABLE files (num INTEGER PRIMARY KEY, path TEXT NOT NULL, session INTEGER NOT NULL, inode TEXT NOT NULL, offset INTEGER NOT NULL, tail_hash TEXT NOT NULL, UNIQUE (path, session));
-- Parts of the words. is_tidy: nothing was added since it was merged.
CREATE TABLE parts (part INTEGER PRIMARY KEY, is_tidy INTEGER NOT NULL);
-- One row per document. id: the second when it was, or one behind it, so that the order of ids is about that of time; late: milliseconds from
-- that second to its own time, negative where the second was taken. ref: of what it is; file, offset: the line that has the whole text.
CREATE TABLE places (id INTEGER PRIMARY KEY, late INTEGER NOT NULL, session INTEGER NOT NULL, kind INTEGER NOT NULL, ref INTEGER NOT NULL, file INTEGER, offset INTEGER);
`;

/** What a document is. The place in the list is what the index stores. */
export const KINDS = ['prompt', 'answer', 'command', 'file', 'title'] as const;
export type PlaceKind = (typeof KINDS)[number];

/** Where a document is from. */
export interface Place {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly session: string;
  readonly kind: PlaceKind;
  readonly ref: number;
  /**
   * The transcript and the byte where its line begins; absent where a row of the store has the
   * text.
   */
  readonly line?: { readonly path: string; readonly offset: number };
}

export function makeTables(database: Database, version: number): void {
  inTransaction(database, () => {
    // another process was first
    if (Number(database.prepare('PRAGMA user_version').get()?.['user_version']) > 0) return;
    database.exec(TABLES);
    database.exec(`PRAGMA user_version = ${version}`);
  });
}

/** The number by which the index knows a text of a session: of a call, a message or an event. */
export function computeRef(id: string): number {
  return Number.parseInt(shortHash16(id).slice(0, 11), 16);
}

const SECONDS_FROM = Date.UTC(2020, 0, 1) / 1000;
const MAX_SECONDS = 2 ** 32;

/** The id that a document of this time has, if it is free. */
export function computeIdAt(at: number): number {
  const second = Math.floor(at / 1000) - SECONDS_FROM;
  return Number.isFinite(second) ? Math.min(MAX_SECONDS, Math.max(1, second)) : 1;
}

/** The second of an id: when its document was, or later. Milliseconds since the epoch. */
export function timeOfId(id: number): number {
  return (id + SECONDS_FROM) * 1000;
}

/**
 * The first free id from one on. Where many texts have one time, they are spread over the seconds
 * behind it.
 */
export function findFreeId(database: Database, wanted: number, random: () => number): number {
  let id = wanted;
  for (let span = 4; isTaken(database, id); span = Math.min(span * 2, 2 ** 30))
    id = wanted + 1 + Math.floor(random() * span);
  return id;
}

function isTaken(database: Database, id: number): boolean {
  return database.prepare('SELECT 1 FROM places WHERE id = ?').get(id) !== undefined;
}

export function addPlace(
  database: Database,
  id: number,
  place: {
    readonly at: number;
    readonly session: number;
    readonly kind: PlaceKind;
    readonly ref: number;
    readonly file: number | null;
    readonly offset: number | null;
  },
): void {
  const { at, session, kind, ref, file, offset } = place;
  const late = Number.isFinite(at) ? Math.trunc(at) - timeOfId(id) : 0;
  database
    .prepare(
      'INSERT INTO places (id, late, session, kind, ref, file, offset) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(id, late, session, KINDS.indexOf(kind), ref, file, offset);
}

/** What of a session is in the index. */
export function readRefs(
  database: Database,
  { num, first, last }: IndexedSession,
): ReadonlySet<number> {
  return new Set(
    database
      .prepare('SELECT ref FROM places WHERE id BETWEEN ? AND ? AND session = ?')
      .all(first, last, num)
      .map(({ ref }) => Number(ref)),
  );
}

/**
 * The places of sessions, and what the index knows of their transcripts; none is left behind.
 * @returns the ids.
 */
export function removeSessions(
  database: Database,
  sessions: readonly IndexedSession[],
): readonly number[] {
  const placesOf = database.prepare(
    'SELECT id FROM places WHERE id BETWEEN ? AND ? AND session = ?',
  );
  const ids = sessions.flatMap(({ num, first, last }) =>
    placesOf.all(first, last, num).map(({ id }) => Number(id)),
  );
  const removals = [
    ['places', 'id', ids],
    ['files', 'session', sessions.map(({ num }) => num)],
    ['indexed_sessions', 'num', sessions.map(({ num }) => num)],
  ] as const;
  for (const [table, key, values] of removals)
    database
      .prepare(`DELETE FROM ${table} WHERE ${key} IN (SELECT value FROM json_each(?))`)
      .run(JSON.stringify(values));
  database.exec('DELETE FROM folders WHERE num NOT IN (SELECT folder FROM indexed_sessions)');
  return ids;
}

/** Places of a time before `id`, the oldest first. */
export function readPlacesBefore(database: Database, id: number, limit: number): readonly number[] {
  return database
    .prepare('SELECT id FROM places WHERE id < ? ORDER BY id LIMIT ?')
    .all(id, limit)
    .map((row) => Number(row['id']));
}

/** Places of some texts of a session. */
export function readPlacesOf(
  database: Database,
  { num, first, last }: IndexedSession,
  refs: readonly number[],
): readonly number[] {
  return database
    .prepare(
      `SELECT id FROM places WHERE id BETWEEN ? AND ? AND session = ?
        AND ref IN (SELECT value FROM json_each(?))`,
    )
    .all(first, last, num, JSON.stringify(refs))
    .map((row) => Number(row['id']));
}

export function removePlaces(database: Database, from: number, to: number): number {
  return database.prepare('DELETE FROM places WHERE id BETWEEN ? AND ?').run(from, to).changes;
}

export function removeAll(database: Database): void {
  for (const table of ['places', 'files', 'indexed_sessions', 'folders', 'parts'])
    database.exec(`DELETE FROM ${table}`);
}

export function countPlaces(database: Database, before = Number.MAX_SAFE_INTEGER): number {
  return Number(
    database.prepare('SELECT count(*) AS n FROM places WHERE id < ?').get(before)?.['n'],
  );
}

/** What the index knows of these documents, in any order. */
export function readPlaces(database: Database, ids: readonly number[]): readonly Place[] {
  return database
    .prepare(
      `SELECT p.id, p.late, s.id AS session, p.kind, p.ref, p.offset, f.path FROM json_each(?) j JOIN places p ON p.id = j.value
        JOIN indexed_sessions s ON s.num = p.session LEFT JOIN files f ON f.num = p.file`,
    )
    .all(JSON.stringify(ids))
    .map((row) => ({
      id: Number(row['id']),
      at: timeOfId(Number(row['id'])) + Number(row['late']),
      session: String(row['session']),
      kind: KINDS[Number(row['kind'])] ?? 'command',
      ref: Number(row['ref']),
      ...(row['path'] === null
        ? {}
        : { line: { path: String(row['path']), offset: Number(row['offset']) } }),
    }));
}

/** What ranking needs of thousands of documents. */
export interface PlaceHead {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly session: number;
  readonly kind: number;
  readonly ref: number;
}

/**
 * Heads of documents by their ids. They come as one text: a row for each costs the drivers more
 * than the search.
 */
export function readPlaceHeads(
  database: Database,
  ids: readonly number[],
): ReadonlyMap<number, PlaceHead> {
  const row = database
    .prepare(
      `SELECT group_concat(p.id || ' ' || p.late || ' ' || p.session || ' ' || p.kind || ' ' || p.ref) AS heads
        FROM json_each(?) j JOIN places p ON p.id = j.value`,
    )
    .get(JSON.stringify(ids));
  const heads = row?.['heads'] ?? null;
  if (heads === null) return new Map();
  return new Map(
    String(heads)
      .split(',')
      .map((head) => {
        const [id = 0, late = 0, session = 0, kind = 0, ref = 0] = head.split(' ').map(Number);
        return [id, { at: timeOfId(id) + late, session, kind, ref }];
      }),
  );
}
