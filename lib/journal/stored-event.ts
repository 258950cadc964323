import type { Database, Row } from '../store/database.ts';

/** An event as the store has it; `envelope` is its JSON on one line. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  /** When the store took it, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly envelope: string;
}

const COLUMNS = 'seq, type, stored_at, envelope';

/** The next events behind `seq`, in the order in which they were stored. */
export function eventsAfter(
  database: Database,
  seq: number,
  limit: number,
): readonly StoredEvent[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`)
    .all(seq, limit)
    .map(eventOf);
}

/** The events from behind `after` up to `last`. */
export function eventsBetween(
  database: Database,
  after: number,
  last: number,
): readonly StoredEvent[] {
  return database
    .prepare(`SELECT ${COLUMNS} FROM events WHERE seq > ? AND seq <= ? ORDER BY seq`)
    .all(after, last)
    .map(eventOf);
}

/** The row id of an event, or `undefined` when the store does not have it. */
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
