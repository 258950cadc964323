import type { FileCursor } from '../core/read-appended.ts';
import type { Database, Row } from '../store/database.ts';

export interface IndexedSession {
  readonly num: number;
  readonly id: string;
  readonly folder: number;
  readonly first: number;
  readonly last: number;
  readonly seen: string;
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
