import type { MessagePort, Worker } from 'node:worker_threads';
import { packageFolder } from '../../core/package-folder.ts';
import type { Database, Row, SqlValue, Statement } from '../database.ts';
import { statementCache } from '../statement-cache.ts';
import { StoreFault } from '../store-fault.ts';
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
 * for SQLite. `ask` lets this thread go on meanwhile; `prepare` waits for each answer, as it does
 * for SQLite.
 */
export function openTeamStore({ url, password, filter = {} }: TeamStoreOptions): Database {
  const config = {
    connectionString: url,
    ...(password === undefined ? {} : { password }),
    application_name: 'waymark reader',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
  };
  const line = new QuestionLine({ config, statements: settingsOf(filter) });
  return {
    driver: 'PostgreSQL',
    exec: (sql) => {
      if (sql.startsWith('PRAGMA')) return; // of SQLite alone
      line.wait(sql === 'BEGIN' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : sql, []);
    },
    ask: (sql, values) => line.ask(forPostgres(sql), values),
    prepare: statementCache((sql) => statementOf(forPostgres(sql), line)),
    close: () => line.close(),
  };
}

interface Answer {
  readonly id: number;
  readonly rows?: ReadonlyArray<readonly unknown[]>;
  readonly fields?: ReadonlyArray<readonly [name: string, type: number]>;
  readonly error?: { readonly message: string; readonly code?: string };
}

/** Questions to the thread that has the connection, and its answers. */
class QuestionLine {
  readonly #port: MessagePort;
  readonly #thread: Worker;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #receive: (port: MessagePort) => { readonly message: Answer } | undefined;
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  #asked = 0;

  constructor(data: { readonly config: object; readonly statements: readonly string[] }) {
    // loaded when a team is asked: most commands read the store of this machine
    const threads = process.getBuiltinModule('node:worker_threads');
    const { port1, port2 } = new threads.MessageChannel();
    this.#receive = threads.receiveMessageOnPort;
    this.#port = port1;
    this.#thread = new threads.Worker(READING_THREAD, {
      eval: true,
      workerData: {
        ...{ ...data, port: port2, signal: this.#signal },
        from: `${packageFolder()}/package.json`,
      },
      transferList: [port2],
    });
    this.#port.on('message', (answer: Answer) => this.#take(answer));
    this.#port.unref();
    this.#thread.unref();
  }

  /** @throws {@link StoreFault}, {@link PostgresFault} for a statement that is wrong. */
  ask(text: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      const id = this.#send(text, values);
      this.#port.ref();
      this.#waiting.set(id, (answer) => {
        try {
          resolve(readAnswer(answer));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** The same, but nothing else runs in this thread meanwhile. */
  wait(text: string, values: readonly SqlValue[]): readonly Row[] {
    const own = this.#send(text, values);
    const until = performance.now() + ANSWER_MS;
    for (;;) {
      const seen = Atomics.load(this.#signal, 0);
      const answer = this.#receive(this.#port)?.message;
      if (answer?.id === own) return readAnswer(answer);
      if (answer !== undefined) this.#take(answer);
      else if (performance.now() >= until) return readAnswer(undefined);
      else Atomics.wait(this.#signal, 0, seen, until - performance.now());
    }
  }

  /** What waits for an answer gets none. */
  close(): void {
    this.#port.close();
    void this.#thread.terminate();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const tell of waiting) tell(undefined);
  }

  #send(text: string, values: readonly SqlValue[]): number {
    this.#asked += 1;
    this.#port.postMessage({ id: this.#asked, text, values });
    return this.#asked;
  }

  #take(answer: Answer): void {
    const tell = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#port.unref();
    tell?.(answer);
  }
}

/** As the server quotes them: nothing of a filter is read as a part of the statement. */
function settingsOf(filter: TeamFilter): readonly string[] {
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  return [
    'SET default_transaction_read_only = on',
    'SET standard_conforming_strings = on',
    "SET work_mem = '64MB'", // a month of answers is summed up without a file
    'SET jit = off', // to compile such queries takes longer than to run them
    `SET search_path = ${VIEWS}, pg_catalog`,
    `SET waymark.zone = ${text(Intl.DateTimeFormat().resolvedOptions().timeZone)}`,
    ...(['host', 'person', 'repository'] as const).map(
      (name) => `SET ${FILTERS[name]} = ${text(filter[name] ?? '')}`,
    ),
  ];
}

function statementOf(text: string, line: QuestionLine): Statement {
  return {
    run: (...values) => {
      line.wait(text, values);
      return { changes: 0 };
    },
    get: (...values) => line.wait(text, values)[0],
    all: (...values) => line.wait(text, values),
  };
}

function readAnswer(answer: Answer | undefined): readonly Row[] {
  if (answer === undefined) throw faultOf(new Error('no answer in time'));
  const { rows = [], fields = [], error } = answer;
  if (error !== undefined)
    throw faultOf(Object.assign(new Error(error.message), { code: error.code }));
  return rows.map((row) =>
    Object.fromEntries(fields.map(([name, type], index) => [name, plain(row[index], type)])),
  );
}

/** To who reads, a server that does not answer is a store that cannot be opened. */
function faultOf(error: Error): Error {
  const fault = postgresFault(error);
  return fault.kind === 'refused' ? fault : new StoreFault('CANTOPEN', fault);
}
