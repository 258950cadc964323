import type { Database } from '../database.ts';
import { StoreFault } from '../store-fault.ts';

/** Connections that are open at once. */
const MAX_OPEN = 6;

/** Connections to the store of a team that are kept for the next reader. */
export interface TeamPool {
  /** Closing it gives the connection back. */
  readonly take: () => Database;
  readonly close: () => void;
}

interface Kept {
  readonly database: Database;
  users: number;
  /** A question failed for the server's sake: nobody else gets this connection. */
  isBroken: boolean;
}

/**
 * Keeps connections for a process that reads again and again. More readers than connections share
 * them: their questions wait for each other.
 */
export function teamPool(open: () => Database, most = MAX_OPEN): TeamPool {
  let kept: readonly Kept[] = [];
  const drop = (one: Kept): void => {
    kept = kept.filter((other) => other !== one);
    if (one.users === 0) one.database.close();
  };
  return {
    take: () => {
      const free = kept.find(({ users }) => users === 0);
      const least = kept.toSorted((one, other) => one.users - other.users)[0];
      const one =
        free ??
        (kept.length >= most && least !== undefined
          ? least
          : { database: open(), users: 0, isBroken: false });
      if (!kept.includes(one)) kept = [...kept, one];
      one.users += 1;
      return lent(one, () => {
        one.users -= 1;
        if (one.isBroken) drop(one);
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
    one.isBroken ||= error instanceof StoreFault;
  };
  const { ask } = database;
  return {
    driver: database.driver,
    exec: (sql) => watched(() => database.exec(sql)),
    prepare: (sql) => {
      const { run, get, all } = database.prepare(sql);
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
