import type { Database } from './database.ts';
import { StoreFault } from './store-fault.ts';

/** Connections that are open at once. */
const MAX_OPEN = 6;

/** Connections that are kept for the next reader. */
export interface ReaderPool {
  /** Closing it gives the connection back. `undefined`: there is nothing to open. */
  readonly take: () => Database | undefined;
  /** Closes all of them, also those in use. */
  readonly close: () => void;
}

interface Kept {
  readonly database: Database;
  users: number;
  /** It is given to no other reader: a question failed, or the file is another one now. */
  isStale: boolean;
}

export interface ReaderPoolOptions {
  /** Names what is opened now: with another name, earlier connections are closed. */
  readonly identify?: () => string;
  /** Connections that are open at once. */
  readonly most?: number;
}

/**
 * Keeps connections for a process that reads again and again. A new one for each question would
 * cost a server its time, and this process its memory: libsql frees a connection when the garbage
 * collector finds its statements, which are too small for it to hurry. More readers than
 * connections share them: their questions wait for each other.
 */
export function readerPool(
  open: () => Database | undefined,
  { identify = () => '', most = MAX_OPEN }: ReaderPoolOptions = {},
): ReaderPool {
  let kept: readonly Kept[] = [];
  let identity = '';
  const retire = (one: Kept): void => {
    one.isStale = true;
    kept = kept.filter((other) => other !== one);
    if (one.users === 0) one.database.close();
  };
  const openAnother = (): Kept | undefined => {
    const database = open();
    if (database === undefined) return undefined;
    const one = { database, users: 0, isStale: false };
    kept = [...kept, one];
    return one;
  };
  return {
    take: () => {
      const now = identify();
      if (now !== identity) for (const one of kept) retire(one);
      identity = now;
      const least = kept.toSorted((one, other) => one.users - other.users)[0];
      const isFree = least !== undefined && (least.users === 0 || kept.length >= most);
      const one = isFree ? least : openAnother();
      if (one === undefined) return undefined;
      one.users += 1;
      return lent(one, () => {
        one.users -= 1;
        if (one.isStale) retire(one);
      });
    },
    close: () => {
      for (const { database } of kept) database.close();
      kept = [];
    },
  };
}

function lent(one: Kept, release: () => void): Database {
  const { database } = one;
  let isOpen = true;
  const watched = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      note(error);
      throw error;
    }
  };
  const note = (error: unknown): void => {
    one.isStale ||= error instanceof StoreFault;
  };
  const { ask } = database;
  return {
    driver: database.driver,
    exec: (sql) => watched(() => database.exec(sql)),
    prepare: (sql) => {
      const { run, get, all } = watched(() => database.prepare(sql));
      return {
        run: (...values) => watched(() => run(...values)),
        get: (...values) => watched(() => get(...values)),
        all: (...values) => watched(() => all(...values)),
      };
    },
    ...(ask === undefined
      ? {}
      : {
          ask: async (sql, values) => {
            try {
              return await ask(sql, values);
            } catch (error) {
              note(error);
              throw error;
            }
          },
        }),
    close: () => {
      if (isOpen) release();
      isOpen = false;
    },
  };
}
