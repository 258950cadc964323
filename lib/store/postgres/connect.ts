import type { ClientBase, QueryConfig } from 'pg';
import type { Row, SqlValue } from '../database.ts';
import { quoted } from './merge-sql.ts';
import { postgresFault } from './postgres-fault.ts';
import type { PostgresSession } from './session.ts';

/** Where PostgreSQL is, and who asks. */
export interface PostgresTarget {
  /** `postgres://…` without a password; what it says of TLS holds. */
  readonly url: string;
  readonly password?: string | undefined;
  /** Settings of the connection, such as those that filter what is read. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Shown in `pg_stat_activity`. */
  readonly name: string;
  /** Longest time for one statement; 0: as long as it takes. Left out: a minute. */
  readonly statementMs?: number;
}

/** Longest time until a server must have answered, in milliseconds. */
const CONNECT_MS = 10_000;

/** Longest time for one statement. */
const STATEMENT_MS = 60_000;

/** What a server, a database or a role may limit otherwise, in the middle of an upgrade. */
const AS_LONG_AS_IT_TAKES = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** Statements that are prepared once for a connection. */
const MAX_PREPARED = 200;

/**
 * Connects to PostgreSQL; loads the driver when it is called first.
 * @throws {@link PostgresFault}
 */
export async function connectPostgres(target: PostgresTarget): Promise<PostgresSession> {
  const { Client } = (await import('pg')).default;
  const { statementMs = STATEMENT_MS } = target;
  const settings = { ...(statementMs === 0 ? AS_LONG_AS_IT_TAKES : {}), ...target.settings };
  const client = new Client({
    connectionString: target.url,
    application_name: target.name,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: statementMs,
    // a shorter limit of the server would stop the same batch again and again
    statement_timeout: statementMs,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text },
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
      .join(' '),
  });
  // the driver lets an address without a password replace one that stands beside it
  if (target.password !== undefined) client.password = target.password;
  // a connection that ends while nothing runs is noticed by the next statement
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw postgresFault(error);
  }
  return sessionOf(client, () => client.end());
}

function sessionOf(client: ClientBase, end: () => Promise<void>): PostgresSession {
  const prepared = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = prepared.get(text);
    if (known !== undefined || prepared.size >= MAX_PREPARED) return known;
    const name = `w${prepared.size}`;
    prepared.set(text, name);
    return name;
  };
  const run = async (config: QueryConfig): Promise<readonly Row[]> => {
    try {
      const { rows, fields } = await client.query(config);
      const types = new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID]));
      return rows.map((row) => plainRow(row, types));
    } catch (error) {
      throw postgresFault(error);
    }
  };
  return {
    query: (text, values = []) => {
      const name = nameOf(text);
      return run({ text, values: [...values], ...(name === undefined ? {} : { name }) });
    },
    script: async (text) => {
      try {
        await client.query(text);
      } catch (error) {
        throw postgresFault(error);
      }
    },
    listen: async (channel, heard) => {
      client.on('notification', heard);
      client.on('end', heard);
      try {
        await client.query(`LISTEN ${quoted(channel)}`);
      } catch (error) {
        throw postgresFault(error);
      }
    },
    close: () => end().catch(() => undefined),
  };
}

/** Types whose values are numbers here: int2, int4, int8, oid, float4, float8, numeric. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);
const BOOLEAN = 16;
const LIST_OF_NUMBERS = 1016; // int8[]

function plainRow(row: Record<string, unknown>, types: ReadonlyMap<string, number>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, plain(value, types.get(name) ?? 0)]),
  );
}

/** A value as SQLite gives it: truth is 1 or 0, a list of numbers is JSON. */
export function plain(value: unknown, type: number): SqlValue {
  if (value === null || value === undefined) return null;
  if (type === BOOLEAN) return value === 't' || value === 'true' || value === true ? 1 : 0;
  if (NUMBERS.has(type)) return Number(value);
  if (type === LIST_OF_NUMBERS)
    return `[${String(value).replace(/[{}]/g, '').replaceAll('NULL', 'null')}]`;
  return String(value);
}
