import type { FileCursor } from '../../core/read-on.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites, type TableDefinition } from '../../store/sink.ts';

/** How far a watched log was read. */
export interface LogPlace {
  readonly cursor: FileCursor;
  /** How often the log was begun anew: after it was replaced or cut, offsets count from zero again. */
  readonly generation: number;
  /** Lines that were too long to read. */
  readonly skipped: number;
}

/** How far each watched log was read. */
const WATCHED_LOGS: TableDefinition = {
  table: 'watched_logs',
  key: ['path'],
  replaced: ['inode', 'offset', 'tail_hash', 'generation', 'skipped', 'read_at'],
};

/** Where the reading of a log stands, or `undefined` for one that was never read. */
export function loadLogPlace(database: Database, path: string): LogPlace | undefined {
  const row = database.prepare('SELECT * FROM watched_logs WHERE path = ?').get(path);
  if (row === undefined) return undefined;
  return {
    cursor: {
      inode: String(row['inode']),
      offset: Number(row['offset']),
      tailHash: String(row['tail_hash']),
    },
    generation: Number(row['generation']),
    skipped: Number(row['skipped']),
  };
}

/** Remembers it; only once everything before it is safe in the queue. */
export function saveLogPlace(
  database: Database,
  path: string,
  { cursor, generation, skipped }: LogPlace,
  now: number,
): void {
  const { inode, offset, tailHash } = cursor;
  const row = { path, inode, offset, tail_hash: tailHash, generation, skipped, read_at: now };
  applyWrites(database, [{ into: WATCHED_LOGS, row }]);
}
