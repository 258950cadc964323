import {
  isJsonObject,
  type JsonObject,
  numberField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { hasEndedSql } from '../../store/sessions-table.ts';

/** A session that may continue in a work tree. */
export interface SessionInWorkTree {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly firstEventAt: number;
}

const THERE = `SELECT id, first_event_at FROM sessions
  WHERE (worktree = ?1 OR project = ?1) AND last_event_at >= ?2 ORDER BY id`;

/**
 * Returns sessions in a work tree with an event since then, whether they ended or not: an ended one
 * can be resumed.
 */
export function readSessionsInWorkTree(
  database: Database,
  worktree: string,
  since: number,
): readonly SessionInWorkTree[] {
  return database
    .prepare(THERE)
    .all(worktree, since)
    .map((row) => ({
      id: stringField(row, 'id') ?? '',
      firstEventAt: numberField(row, 'first_event_at') ?? 0,
    }));
}

/** An event as it was stored. */
export interface StoredNotice {
  readonly at: number;
  readonly payload: JsonObject;
}

const OF_TYPE = `SELECT at, envelope FROM events
  WHERE type = ?1 AND at >= ?2 AND json_extract(envelope, '$.payload.worktree') = ?3 ORDER BY at, id`;

/** Returns events of a type in a work tree since then, oldest first. */
export function readEventsInWorkTree(
  database: Database,
  type: 'session.files_restored' | 'session.restore_told',
  worktree: string,
  since: number,
): readonly StoredNotice[] {
  return database
    .prepare(OF_TYPE)
    .all(type, since, worktree)
    .flatMap((row) => {
      const payload = parseJsonObject(stringField(row, 'envelope') ?? '')?.['payload'];
      return isJsonObject(payload) ? [{ at: numberField(row, 'at') ?? 0, payload }] : [];
    });
}

const AT_WORK = `SELECT id FROM sessions s WHERE last_event_at >= ? AND NOT ${hasEndedSql('s.')}`;

/** Returns the ids of sessions that have not ended, with an event since then. */
export function readActiveSessionIds(database: Database, since: number): ReadonlySet<string> {
  return new Set(
    database
      .prepare(AT_WORK)
      .all(since)
      .map(({ id }) => String(id)),
  );
}
