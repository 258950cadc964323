import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { applyWrites, type TableDefinition } from './sink.ts';
import { inTransaction } from './transaction.ts';

/** Sessions that must never come back, by a hash: their ids are in no file any more. */
const FORGOTTEN: TableDefinition = { table: 'forgotten', key: ['hash'], once: ['at'] };

/** Remembers for ever that these sessions were forgotten. */
export function rememberForgotten(
  database: Database,
  sessions: readonly string[],
  at: number,
): void {
  inTransaction(database, () =>
    applyWrites(
      database,
      sessions.map((session) => ({ into: FORGOTTEN, row: { hash: hashOf(session), at } })),
    ),
  );
}

/** Whether somebody had this session forgotten: nothing of it may be stored, archived or restored. */
export function isForgotten(database: Database, session: string): boolean {
  const row = database.prepare('SELECT 1 FROM forgotten WHERE hash = ?').get(hashOf(session));
  return row !== undefined;
}

/** Those of some sessions that were forgotten. Costs one look while none ever was. */
export function forgottenOf(
  database: Database,
  sessions: ReadonlySet<string>,
): ReadonlySet<string> {
  if (sessions.size === 0) return NONE;
  if (database.prepare('SELECT 1 FROM forgotten LIMIT 1').get() === undefined) return NONE;
  return new Set([...sessions].filter((session) => isForgotten(database, session)));
}

const NONE: ReadonlySet<string> = new Set();

function hashOf(session: string): string {
  return createHash('sha256').update(session).digest('hex').slice(0, 32);
}
