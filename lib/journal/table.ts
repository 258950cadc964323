import type { Database, Row, SqlValue } from '../store/database.ts';
import { SAMPLE_PREFIX } from '../events/sample.ts';
import { EVENT_FILES } from '../store/event-files-table.ts';
import { applyWrites, type TableDefinition } from '../store/sink.ts';
import type { KnownFile } from './append-file.ts';

/** A file to which a sink appends, as stored. */
export interface SinkFile extends KnownFile {
  /** Relative to the state folder. */
  readonly path: string;
  readonly sink: string;
  /** The UTC day on which it was started, `2026-11-22`. */
  readonly day: string;
}

/** How far each sink has written the events. */
const EVENT_SINKS: TableDefinition = { table: 'event_sinks', key: ['sink'], replaced: ['seq'] };

/** Returns the `seq` of the last event that a sink has written; 0 before the first. */
export function cursorOf(database: Database, sink: string): number {
  const seq = database.prepare('SELECT seq FROM event_sinks WHERE sink = ?').get(sink)?.['seq'];
  return typeof seq === 'number' ? seq : 0;
}

export function moveCursor(database: Database, sink: string, seq: number): void {
  applyWrites(database, [{ into: EVENT_SINKS, row: { sink, seq } }]);
}

/** Which sinks exist, and whether they are switched on. */
export interface SinkSwitches {
  readonly eventLog: boolean;
  readonly archive: boolean;
}

export const LOG_SINK = 'log';
export const ARCHIVE_SINK = 'archive';

/**
 * Returns the `seq` of the last event that every enabled sink has. Later events must stay in the
 * store. Infinity if no sink is enabled.
 */
export function writtenUpTo(database: Database, { eventLog, archive }: SinkSwitches): number {
  const on = [...(eventLog ? [LOG_SINK] : []), ...(archive ? [ARCHIVE_SINK] : [])];
  return Math.min(Number.POSITIVE_INFINITY, ...on.map((sink) => cursorOf(database, sink)));
}

/** Returns the files to which a sink appends, by path. */
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

export function keepFile(database: Database, { path, sink, inode, length, day }: SinkFile): void {
  applyWrites(database, [{ into: EVENT_FILES, row: { path, sink, inode, length, day } }]);
}

export function dropFile(database: Database, path: string): void {
  applyWrites(database, [{ from: EVENT_FILES, key: { path } }]);
}

/** An event in the store. `envelope` is its JSON on one line. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  /** When it was stored, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly envelope: string;
}

const COLUMNS = 'seq, type, stored_at, envelope';

/**
 * Excludes sample sessions: lines of logs and archive are never deleted, so sample events must
 * never get there.
 */
const REAL = `coalesce(session_id, '') NOT GLOB '${SAMPLE_PREFIX}*'`;

/** Returns the next events after `seq`, in the order in which they were stored. */
export function eventsAfter(
  database: Database,
  seq: number,
  limit: number,
): readonly StoredEvent[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM events WHERE seq > ? AND ${REAL} ORDER BY seq LIMIT ?`)
    .all(seq, limit)
    .map(eventOf);
}

/** Returns the events after `after` up to `last`. */
export function eventsBetween(
  database: Database,
  after: number,
  last: number,
): readonly StoredEvent[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM events WHERE seq > ? AND seq <= ? AND ${REAL} ORDER BY seq`)
    .all(after, last)
    .map(eventOf);
}

/** Returns the row id of an event, or `undefined` if the store does not have it. */
export function seqOf(database: Database, id: string): number | undefined {
  const seq = database.prepare('SELECT seq FROM events WHERE id = ?').get(id)?.['seq'];
  return typeof seq === 'number' ? seq : undefined;
}

function eventOf(row: Row): StoredEvent {
  return {
    seq: Number(row['seq']),
    type: String(row['type']),
    storedAt: Number(row['stored_at']),
    envelope: String(row['envelope']),
  };
}

/** Returns the envelope of an event as JSON, or `undefined` if the store does not have it. */
export function envelopeOf(database: Database, id: string): string | undefined {
  const row = database.prepare('SELECT envelope FROM events WHERE id = ?').get(id);
  return row === undefined ? undefined : String(row['envelope']);
}

/** Returns the last used `seq`; 0 before the first. */
export function lastSeq(database: Database): number {
  return Number(database.prepare('SELECT max(seq) AS last FROM events').get()?.['last'] ?? 0);
}

/** Returns the sessions of hooks' events after `after` up to `last`. */
export function sessionsHeardFrom(
  database: Database,
  after: number,
  last: number,
): readonly string[] {
  return database
    .prepare(
      "SELECT DISTINCT session_id AS id FROM events WHERE seq > ? AND seq <= ? AND session_id IS NOT NULL AND source LIKE 'hook/%'",
    )
    .all(after, last)
    .map(({ id }) => String(id));
}

/**
 * Conditions that the store can check without parsing an event. Times are milliseconds since the
 * epoch.
 */
export interface EventConditions {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly session?: string | undefined;
  readonly correlation?: string | undefined;
}

/** Counts the events that meet the conditions. */
export function countEvents(database: Database, conditions: EventConditions): number {
  const { where, values } = conditionsOf(conditions);
  const sql = `SELECT count(*) AS n FROM events WHERE true${where}`;
  return Number(database.prepare(sql).get(...values)?.['n'] ?? 0);
}

/** Returns a page of the events that meet the conditions, after `after` up to `last`. */
export function eventPage(
  database: Database,
  conditions: EventConditions,
  { after, last, limit }: { readonly after: number; readonly last: number; readonly limit: number },
): readonly StoredEvent[] {
  const { where, values } = conditionsOf(conditions);
  return database
    .prepare(
      `SELECT ${COLUMNS} FROM events WHERE seq > ? AND seq <= ?${where} ORDER BY seq LIMIT ?`,
    )
    .all(after, last, ...values, limit)
    .map(eventOf);
}

function conditionsOf({ since, until, session, correlation }: EventConditions): {
  readonly where: string;
  readonly values: readonly SqlValue[];
} {
  const known: ReadonlyArray<readonly [string, SqlValue | undefined]> = [
    ['at >= ?', since],
    ['at <= ?', until],
    ['session_id = ?', session],
    ['correlation_id = ?', correlation],
  ];
  const given = known.flatMap(
    ([condition, value]): readonly { readonly condition: string; readonly value: SqlValue }[] =>
      value === undefined ? [] : [{ condition, value }],
  );
  return {
    where: given.map(({ condition }) => ` AND ${condition}`).join(''),
    values: given.map(({ value }) => value),
  };
}
