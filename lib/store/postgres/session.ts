import type { Row } from '../database.ts';

/** A connection to PostgreSQL. Every fault of the server surfaces as a {@link PostgresFault}. */
export interface PostgresSession {
  /** Runs one statement with its parameters. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs statements without parameters, and returns nothing. */
  script(text: string): Promise<void>;
  /** Calls `heard` at each notice of a channel, and when the connection ends. */
  listen(channel: string, heard: () => void): Promise<void>;
  close(): Promise<void>;
}

/** Runs `action` in one transaction. Whatever it throws rolls the transaction back. */
export async function inPostgresTransaction<T>(
  session: PostgresSession,
  action: () => Promise<T>,
): Promise<T> {
  await session.script('BEGIN');
  try {
    const result = await action();
    await session.script('COMMIT');
    return result;
  } catch (error) {
    // a connection that is gone has rolled back by itself; the first error tells the cause
    await session.script('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Runs `action` while this session alone has the lock of that name. The server lets go of it when
 * the session ends, so what a session commits was committed under its lock.
 * @returns `undefined` while another session has it.
 */
export async function withAdvisoryLock<T>(
  session: PostgresSession,
  name: string,
  action: () => Promise<T>,
): Promise<T | undefined> {
  const names = ['waymark.lock', name];
  const [row] = await session.query(
    'SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS held',
    names,
  );
  if (row?.['held'] !== 1) return undefined;
  try {
    return await action();
  } finally {
    // a session that is gone has let go of it
    await session
      .query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', names)
      .catch(() => undefined);
  }
}
