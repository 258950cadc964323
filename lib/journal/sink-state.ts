import type { Database } from '../store/database.ts';
import type { KnownFile } from './append-file.ts';

/** A file that a sink appends to, as the store knows it. */
export interface SinkFile extends KnownFile {
  /** Below the state folder. */
  readonly path: string;
  readonly sink: string;
  /** The UTC day on which it was begun, `2026-11-22`. */
  readonly day: string;
}

/** The `seq` of the last event that a sink has written; 0 before the first. */
export function cursorOf(database: Database, sink: string): number {
  const seq = database.prepare('SELECT seq FROM event_sinks WHERE sink = ?').get(sink)?.['seq'];
  return typeof seq === 'number' ? seq : 0;
}

export function moveCursor(database: Database, sink: string, seq: number): void {
  database
    .prepare(
      'INSERT INTO event_sinks (sink, seq) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET seq = excluded.seq',
    )
    .run(sink, seq);
}

/** Which sinks there are, and whether they are switched on. */
export interface SinkSwitches {
  readonly eventLog: boolean;
  readonly archive: boolean;
}

export const LOG_SINK = 'log';
export const ARCHIVE_SINK = 'archive';

/** The `seq` of the last event that every sink which is switched on has: what came later must stay in the store. Infinity without any. */
export function writtenUpTo(database: Database, { eventLog, archive }: SinkSwitches): number {
  const on = [...(eventLog ? [LOG_SINK] : []), ...(archive ? [ARCHIVE_SINK] : [])];
  return Math.min(Number.POSITIVE_INFINITY, ...on.map((sink) => cursorOf(database, sink)));
}

/** The files of a sink that are being appended to, by path. */
export function filesOf(database: Database, sink: string): ReadonlyMap<string, SinkFile> {
  const rows = database
    .prepare('SELECT path, inode, length, day FROM event_files WHERE sink = ?')
    .all(sink);
  return new Map(
    rows.map((row) => {
      const path = String(row['path']);
      return [
        path,
        {
          path,
          sink,
          inode: String(row['inode']),
          length: Number(row['length']),
          day: String(row['day']),
        },
      ];
    }),
  );
}

const KEEP = `INSERT INTO event_files (path, sink, inode, length, day) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (path) DO UPDATE SET inode = excluded.inode, length = excluded.length, day = excluded.day`;

export function keepFile(database: Database, { path, sink, inode, length, day }: SinkFile): void {
  database.prepare(KEEP).run(path, sink, inode, length, day);
}

export function dropFile(database: Database, path: string): void {
  database.prepare('DELETE FROM event_files WHERE path = ?').run(path);
}
