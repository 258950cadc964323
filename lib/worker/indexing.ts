import { statSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { buildIndex } from '../search/build.ts';
import { RowRounds } from '../search/row-rounds.ts';
import { isDamage, openIndex, removeIndex } from '../search/table-file.ts';
import { readStoreChangeSign } from '../search/table-sources.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import type { CanContinue, Step } from './step.ts';

export interface IndexingParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  /** Returns the CPU time of this process so far, in milliseconds. */
  readonly cpu: () => number;
  readonly log: Log;
  readonly open: OpenDatabase;
  /** Returns the store while this worker leads. */
  readonly database: () => Database | undefined;
  readonly canContinue: CanContinue;
  /** Builds the whole index in one step, for at most {@link ONCE_MS}. */
  readonly once: boolean;
}

/** Longest piece of work between two checks of the queue. */
const STEP_MS = 50;

/** Longest time that `worker --once` and `dispatch` work on the index. */
const ONCE_MS = 2_000;

/**
 * Shortest time between two rounds. Each event requests one, and each costs a check of every
 * session and a few transactions per active session.
 */
const PACE_MS = 5_000;

/**
 * A round waits this many times longer than the CPU time of the last one: at most two percent of a
 * core. Other load on the machine does not make it wait longer.
 */
const REST = 50;

/**
 * A round waits no longer than this after the last news: ten seconds after its last work, a worker
 * is at rest.
 */
const QUIET_MS = 6_000;

/** Pause after an error of the index. */
const FAULT_MS = 60_000;

export interface Indexing {
  readonly step: Step;
  readonly close: () => void;
}

/**
 * Updates the search index while the queue is empty: one piece per step, and nothing while the
 * store does not change.
 */
export function indexing({
  folder,
  clock,
  cpu,
  log,
  open,
  database,
  canContinue,
  once,
}: IndexingParts): Indexing {
  const index = new OpenIndex(folder.search, open);
  const rounds = new RowRounds();
  let done = '';
  let seen = '';
  let seenAt = 0;
  let nextAt = 0;
  let hasFailed = false;
  let sinceStart = 0;
  const step: Step = async () => {
    const store = database();
    if (store === undefined) return undefined;
    const news = readStoreChangeSign(store);
    if (news === done) return undefined;
    const start = clock();
    if (news !== seen) seenAt = start;
    seen = news;
    const dueAt = hasFailed ? nextAt : Math.min(nextAt, seenAt + QUIET_MS);
    if (start < dueAt && dueAt - start <= FAULT_MS && !once) return dueAt - start;
    const until = start + (once ? ONCE_MS : STEP_MS);
    const startCpu = cpu();
    rounds.begin(start, once || start - seenAt >= PACE_MS);
    try {
      const isDone = await buildIndex({
        ...{ store, index: index.get(), archive: folder.archive, rounds },
        canContinue: async () => clock() < until && (await canContinue()),
      });
      hasFailed = false;
      const took = cpu() - startCpu;
      sinceStart += took;
      if (!isDone) {
        nextAt = once ? 0 : clock() + took; // Half of a core while there is a backlog.
        return once ? undefined : took;
      }
      const isAll = !rounds.hasPutOff && readStoreChangeSign(store) === news;
      done = isAll ? news : '';
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
  return { step, close: () => index.close() };
}

/** The search index. Opened on demand, and again if another process replaced the file. */
class OpenIndex {
  readonly #path: string;
  readonly #open: OpenDatabase;
  #database: Database | undefined;
  #inode = 0;

  constructor(path: string, open: OpenDatabase) {
    this.#path = path;
    this.#open = open;
  }

  get(): Database {
    if (this.#database !== undefined && inodeOf(this.#path) === this.#inode) return this.#database;
    this.close();
    const database = openIndex(this.#path, this.#open);
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
