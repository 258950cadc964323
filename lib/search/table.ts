import { shortHash16 } from '../core/short-hash.ts';
import type { FileCursor } from '../core/read-appended.ts';
import type { Database, Row } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';

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

export interface IndexedSession {
  readonly num: number;
  readonly id: string;
  readonly folder: number;
  readonly first: number;
  readonly last: number;
  readonly seen: string;
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

const ONE_SESSION = 'SELECT num, id, folder, first, last, seen FROM indexed_sessions';

export function indexedSession(database: Database, id: string): IndexedSession | undefined {
  const row = database.prepare(`${ONE_SESSION} WHERE id = ?`).get(id);
  return row === undefined ? undefined : sessionOf(row);
}

export function indexedSessions(database: Database): readonly IndexedSession[] {
  return database.prepare(ONE_SESSION).all().map(sessionOf);
}

function sessionOf(row: Row): IndexedSession {
  return {
    num: Number(row['num']),
    id: String(row['id']),
    folder: Number(row['folder']),
    first: Number(row['first'] ?? 0),
    last: Number(row['last'] ?? -1),
    seen: String(row['seen']),
  };
}

interface SessionFolder {
  readonly project: string;
  readonly worktree: string;
}

/** A session that the index knows with this folder. */
export function knownSession(
  database: Database,
  id: string,
  { project, worktree }: SessionFolder,
): IndexedSession | undefined {
  const row = database
    .prepare(
      `${ONE_SESSION} WHERE id = ? AND folder = (SELECT num FROM folders WHERE project = ? AND worktree = ?)`,
    )
    .get(id, project, worktree);
  return row === undefined ? undefined : sessionOf(row);
}

/** Makes a session known, with the folder where it works now. */
export function registerSession(
  database: Database,
  id: string,
  place: SessionFolder,
): IndexedSession {
  const known = knownSession(database, id, place);
  if (known !== undefined) return known;
  const { project, worktree } = place;
  database
    .prepare('INSERT INTO folders (project, worktree) VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(project, worktree);
  const folder = database
    .prepare('SELECT num FROM folders WHERE project = ? AND worktree = ?')
    .get(project, worktree);
  const num = Number(folder?.['num']);
  database
    .prepare(
      'INSERT INTO indexed_sessions (id, folder) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET folder = ?2 WHERE folder IS NOT ?2',
    )
    .run(id, num);
  return indexedSession(database, id) ?? { num: 0, id, folder: num, first: 0, last: -1, seen: '' };
}

export function saveSessionSign(database: Database, num: number, seen: string): void {
  database.prepare('UPDATE indexed_sessions SET seen = ? WHERE num = ?').run(seen, num);
}

/** The folders that are `path`, below it, or the work tree of it. */
export function findFoldersAt(database: Database, path: string): readonly number[] {
  const below = path.endsWith('/') ? path : `${path}/`;
  return database
    .prepare(
      'SELECT num FROM folders WHERE project = ?1 OR worktree = ?1 OR substr(project, 1, length(?2)) = ?2',
    )
    .all(path, below)
    .map(({ num }) => Number(num));
}

/** How far a transcript was read for a session. */
export interface IndexedFile {
  readonly num: number;
  readonly cursor: FileCursor;
}

export function indexedFile(
  database: Database,
  path: string,
  session: number,
): IndexedFile | undefined {
  const row = database
    .prepare('SELECT num, inode, offset, tail_hash FROM files WHERE path = ? AND session = ?')
    .get(path, session);
  if (row === undefined) return undefined;
  const cursor = {
    inode: String(row['inode']),
    offset: Number(row['offset']),
    tailHash: String(row['tail_hash']),
  };
  return { num: Number(row['num']), cursor };
}

export function keepFile(
  database: Database,
  path: string,
  session: number,
  { inode, offset, tailHash }: FileCursor,
): number {
  database
    .prepare(
      `INSERT INTO files (path, session, inode, offset, tail_hash) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (path, session) DO UPDATE SET inode = ?3, offset = ?4, tail_hash = ?5`,
    )
    .run(path, session, inode, offset, tailHash);
  return indexedFile(database, path, session)?.num ?? 0;
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

/** Widens the range of a session to these ids. */
export function widenSessionRange(
  database: Database,
  num: number,
  first: number,
  last: number,
): void {
  database
    .prepare(
      'UPDATE indexed_sessions SET first = min(coalesce(first, ?2), ?2), last = max(coalesce(last, ?3), ?3) WHERE num = ?1',
    )
    .run(num, first, last);
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

export function removePlaces(database: Database, from: number, to: number): number {
  return database.prepare('DELETE FROM places WHERE id BETWEEN ? AND ?').run(from, to).changes;
}

/** How far a session is in the index. */
export interface SessionProgress {
  /** As {@link IndexedSession.seen}. */
  readonly seen: string;
  /** Bytes of its transcripts that were read. */
  readonly bytes: number;
}

/** Every session that the index knows, by id. */
export function indexingProgress(database: Database): ReadonlyMap<string, SessionProgress> {
  const rows = database
    .prepare(
      `SELECT s.id, s.seen, coalesce(sum(f.offset), 0) AS bytes
        FROM indexed_sessions s LEFT JOIN files f ON f.session = s.num GROUP BY s.num`,
    )
    .all();
  return new Map(
    rows.map(({ id, seen, bytes }) => [String(id), { seen: String(seen), bytes: Number(bytes) }]),
  );
}

/** How many sessions were indexed to their end at least once. */
export function countIndexed(database: Database): number {
  return Number(
    database.prepare("SELECT count(*) AS n FROM indexed_sessions WHERE seen <> ''").get()?.['n'],
  );
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
