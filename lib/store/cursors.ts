import { type JsonObject, parseJsonObject } from '../core/json.ts';
import type { FileCursor } from '../core/read-on.ts';
import type { Database } from './database.ts';
import type { TableDefinition, Write } from './sink.ts';

/** How far files were read that grow: transcripts and watched logs. One process writes it, and no other machine needs it. */
const CURSORS: TableDefinition = {
  table: 'cursors',
  key: ['reader', 'path'],
  replaced: ['session_id', 'inode', 'offset', 'tail_hash', 'skipped', 'state', 'read_at'],
};

/** Which file is read, by whom, and for which session. A file that is read for another session counts as never read. */
export interface CursorPlace {
  readonly reader: 'transcript' | 'log' | 'history';
  readonly path: string;
  readonly session?: string;
}

/** How far a file was read. */
export interface StoredCursor {
  readonly cursor: FileCursor;
  /** Lines that were too long to read. */
  readonly skipped: number;
  /** What else the reader has to know the next time. */
  readonly state: JsonObject;
}

/** Where the reading of a file goes on, or `undefined` for a file that was never read. */
export function loadCursor(
  database: Database,
  { reader, path, session }: CursorPlace,
): StoredCursor | undefined {
  const row = database
    .prepare('SELECT * FROM cursors WHERE reader = ? AND path = ? AND session_id IS ?')
    .get(reader, path, session ?? null);
  if (row === undefined) return undefined;
  return {
    cursor: {
      inode: String(row['inode']),
      offset: Number(row['offset']),
      tailHash: String(row['tail_hash']),
    },
    skipped: Number(row['skipped']),
    state: parseJsonObject(String(row['state'])) ?? {},
  };
}

/** The write that stores it; belongs into the transaction that stores what was read up to there. */
export function cursorWrite(
  { reader, path, session }: CursorPlace,
  { cursor, skipped, state }: StoredCursor,
  now: number,
): Write {
  const { inode, offset, tailHash } = cursor;
  const row = {
    ...{ reader, path, session_id: session ?? null, inode, offset, tail_hash: tailHash },
    ...{ skipped, state: JSON.stringify(state), read_at: now },
  };
  return { into: CURSORS, row };
}
