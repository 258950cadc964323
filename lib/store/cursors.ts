import { type JsonObject, parseJsonObject } from '../core/json.ts';
import type { FileCursor } from '../core/read-appended.ts';
import type { Database } from './database.ts';
import type { TableDefinition, Write } from './sink.ts';

/**
 * How far growing files (transcripts and watched logs) were read. Only one process writes it, and
 * no other machine needs it.
 */
const CURSORS: TableDefinition = {
  table: 'cursors',
  key: ['reader', 'path'],
  replaced: ['session_id', 'inode', 'offset', 'tail_hash', 'skipped', 'state', 'read_at'],
};

/**
 * Which file is read, by which reader, and for which session. For another session, the file counts
 * as never read.
 */
export interface CursorPlace {
  readonly reader: 'transcript' | 'log' | 'history';
  readonly path: string;
  readonly session?: string;
}

/** How far a file was read. */
export interface StoredCursor {
  readonly cursor: FileCursor;
  /** Number of lines that were too long to read. */
  readonly skipped: number;
  /** Further state that the reader needs next time. */
  readonly state: JsonObject;
}

/** Loads where to continue reading a file; `undefined` for a file that was never read. */
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

/** Makes the write that stores a cursor. Apply it in the transaction that stores what was read. */
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
