import { packageFolder } from '../../core/package-folder.ts';
import type { Database, Row, SqlValue, Statement } from '../database.ts';
import { statementCache } from '../statement-cache.ts';
import { plain } from './connect.ts';
import { forPostgres } from './dialect.ts';
import { postgresFault } from './postgres-fault.ts';
import { READING_THREAD } from './reading-thread.ts';
import { FILTERS, VIEWS } from './schema-views.ts';

/** Whose rows a reader wants to see; left out: everybody's of the team. */
export interface TeamFilter {
  /** The name or the id of a machine. */
  readonly host?: string;
  readonly person?: string;
  readonly repository?: string;
}

export interface TeamStoreOptions {
  /** Without a password. */
  readonly url: string;
  readonly password?: string | undefined;
  readonly filter?: TeamFilter;
}

/** Longest time for one question, the connection with it. */
const ANSWER_MS = 70_000;

/**
 * Opens the store of a team to be read as a local one is: every query works on it, as it is written
 * for SQLite. This thread waits for each answer, as it waits for that of SQLite.
 * @throws {@link PostgresFault}
 */
export function openTeamStore({ url, password, filter = {} }: TeamStoreOptions): Database {
  // loaded when a team is asked: most commands read the store of this machine
  const { MessageChannel, receiveMessageOnPort, Worker } =
    process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const config = {
    connectionString: url,
    ...(password === undefined ? {} : { password }),
    application_name: 'waymark reader',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
  };
  const thread = new Worker(READING_THREAD, {
    eval: true,
    workerData: {
      ...{ port: port2, signal, config, statements: settingsOf(filter) },
      from: `${packageFolder()}/package.json`,
    },
    transferList: [port2],
  });
  thread.unref();
  port1.unref();
  const ask = (text: string, values: readonly SqlValue[]): readonly Row[] => {
    Atomics.store(signal, 0, 0);
    port1.postMessage({ text, values });
    Atomics.wait(signal, 0, 0, ANSWER_MS);
    return readAnswer(receiveMessageOnPort(port1)?.message);
  };
  return {
    driver: 'PostgreSQL',
    exec: (sql) => {
      if (sql.startsWith('PRAGMA')) return; // of SQLite alone
      ask(sql === 'BEGIN' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : sql, []);
    },
    prepare: statementCache((sql) => statementOf(forPostgres(sql), ask)),
    close: () => {
      port1.close();
      void thread.terminate();
    },
  };
}

/** As the server quotes them: nothing of a filter is read as a part of the statement. */
function settingsOf(filter: TeamFilter): readonly string[] {
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  return [
    'SET default_transaction_read_only = on',
    'SET standard_conforming_strings = on',
    `SET search_path = ${VIEWS}, pg_catalog`,
    `SET waymark.zone = ${text(Intl.DateTimeFormat().resolvedOptions().timeZone)}`,
    ...(['host', 'person', 'repository'] as const).map(
      (name) => `SET ${FILTERS[name]} = ${text(filter[name] ?? '')}`,
    ),
  ];
}

function statementOf(
  text: string,
  ask: (text: string, values: readonly SqlValue[]) => readonly Row[],
): Statement {
  return {
    run: (...values) => {
      ask(text, values);
      return { changes: 0 };
    },
    get: (...values) => ask(text, values)[0],
    all: (...values) => ask(text, values),
  };
}

interface Answer {
  readonly rows?: ReadonlyArray<readonly unknown[]>;
  readonly fields?: ReadonlyArray<readonly [name: string, type: number]>;
  readonly error?: { readonly message: string; readonly code?: string };
}

function readAnswer(answer: Answer | undefined): readonly Row[] {
  if (answer === undefined) throw postgresFault(new Error('no answer in time'));
  const { rows = [], fields = [], error } = answer;
  if (error !== undefined)
    throw postgresFault(Object.assign(new Error(error.message), { code: error.code }));
  return rows.map((row) =>
    Object.fromEntries(fields.map(([name, type], index) => [name, plain(row[index], type)])),
  );
}
