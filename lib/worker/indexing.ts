import { statSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { buildIndex } from '../search/build.ts';
import { isDamage, openIndex, removeIndex } from '../search/table-file.ts';
import { storeNews } from '../search/table-sources.ts';
import type { Database } from '../store/database.ts';
import { sqliteDriver } from '../store/driver.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import type { MayGoOn, Turn } from './turn.ts';

export interface IndexingTurnParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly log: Log;
  /** The store while this worker leads. */
  readonly database: () => Database | undefined;
  readonly goOn: MayGoOn;
  /** Builds the whole at one turn, as far as that takes no longer than {@link ONCE_MS}. */
  readonly once: boolean;
}

/** Longest piece of work between two looks at the queue. */
const TURN_MS = 50;

/** Longest time that `worker --once` and `dispatch` work on the index. */
const ONCE_MS = 2_000;

/** Shortest time between two rounds: an event asks for one, and each costs a look at every session. */
const PACE_MS = 2_000;

/** A round waits this many times longer than the last one took: at most five percent of a core. */
const REST = 20;

/** After a fault of the index. */
const FAULT_MS = 60_000;

export interface Indexing {
  readonly turn: Turn;
  readonly close: () => void;
}

/**
 * Keeps the search index up to date while entries have no need of the worker: a piece of it at each turn, and nothing while the store
 * does not change.
 */
export function indexing({
  folder,
  clock,
  log,
  database,
  goOn,
  once,
}: IndexingTurnParts): Indexing {
  const index = new OpenIndex(folder.search);
  let done = '';
  let nextAt = 0;
  let hasFailed = false;
  let sinceStart = 0;
  const turn: Turn = async () => {
    const store = database();
    if (store === undefined) return undefined;
    const news = storeNews(store);
    if (news === done) return undefined;
    const start = clock();
    if (start < nextAt && nextAt - start <= FAULT_MS && !once) return nextAt - start;
    const until = start + (once ? ONCE_MS : TURN_MS);
    try {
      const isDone = await buildIndex({
        ...{ store, index: index.get(), archive: folder.archive },
        goOn: async () => clock() < until && (await goOn()),
      });
      hasFailed = false;
      const took = clock() - start;
      sinceStart += took;
      if (!isDone) {
        nextAt = once ? 0 : clock() + took; // half of a core while there is a backlog
        return once ? undefined : took;
      }
      done = storeNews(store) === news ? news : '';
      nextAt = clock() + Math.max(PACE_MS, Math.min(FAULT_MS, sinceStart * REST));
      sinceStart = 0;
      return done === '' && !once ? nextAt - clock() : undefined;
    } catch (error) {
      index.close();
      if (storeFaultOf(error) === undefined) throw error;
      if (isDamage(error)) removeIndex(folder.search);
      if (!hasFailed)
        log('warn', 'SEARCH_INDEX_FAILED', `Cannot write the search index: ${reasonOf(error)}`);
      hasFailed = true;
      nextAt = clock() + FAULT_MS;
      return once ? undefined : FAULT_MS;
    }
  };
  return { turn, close: () => index.close() };
}

/** Opened when it is needed, and anew where another process has put another file in its place. */
class OpenIndex {
  readonly #path: string;
  #database: Database | undefined;
  #inode = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get(): Database {
    if (this.#database !== undefined && inodeOf(this.#path) === this.#inode) return this.#database;
    this.close();
    const database = openIndex(this.#path, sqliteDriver());
    this.#database = database;
    this.#inode = inodeOf(this.#path);
    return database;
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}
