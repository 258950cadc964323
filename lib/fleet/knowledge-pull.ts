import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { KNOWLEDGE_FAULT } from './feed-position.ts';
import { learnFromTeam } from '../features/failure/learn-from-team.ts';
import { readTeamIds } from '../features/failure/table-team.ts';
import { feedState, isTracking, lastEvent, setFeedState } from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { inTransaction } from '../store/transaction.ts';
import type { KnowledgeSource } from './knowledge-source.ts';

export interface KnowledgePullParts {
  /** The store while this worker leads; `undefined`: not now. */
  readonly database: () => Database | undefined;
  /** `heard` is to be called when there may be news. */
  readonly open: (heard: () => void) => Promise<KnowledgeSource>;
  /** Whether this machine shares commands of some folder: who gives, gets. */
  readonly isWanted: () => boolean;
  /** Lets the worker refresh the views that were requested. */
  readonly wake: () => void;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** From 0 to 1: so that machines that hear of the same news do not ask at the same moment. */
  readonly random: () => number;
  readonly log: Log;
}

/** Time between hearing of news and asking for it: several notices are one question. */
const GATHER_MS = 200;
const SPREAD_MS = 800;

/** Time between two questions where no notice came: not every proxy passes notices on. */
const POLL_MS = 60_000;

/** The connection of a machine on which nothing happens is closed: many share a server. */
const IDLE_MS = 600_000;

const RETRY_MS = 60_000;

/** Patterns that are asked about at once. */
const MAX_ASKED = 100;

/** Most queries in a row while an open transaction of another session hides new rows. */
const MAX_AGAIN = 20;
const AGAIN_MS = 500;

/** Key in the feed's state: how far this machine has read the team's knowledge. */
export const HEARD_UP_TO = 'knowledge';

/**
 * Reads what other machines of the team know about failures, beside the worker's loop. Queries the
 * server when it notifies of changes. Keeps what it has while the server is unreachable.
 */
export class KnowledgePull {
  readonly #parts: KnowledgePullParts;
  #source: KnowledgeSource | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #hasNews = true;
  #askedAt = 0;
  #retryAt = 0;
  #event = -1;
  #activeAt = 0;
  #failed: string | undefined;

  constructor(parts: KnowledgePullParts) {
    this.#parts = parts;
  }

  /**
   * Begins to ask when it is time. Returns at once. @returns after how many milliseconds it wants
   * to be called again; `undefined`: when something has happened.
   */
  poke(): number | undefined {
    const { clock, database: open, isWanted } = this.#parts;
    if (this.#isClosed || this.#running !== undefined) return undefined;
    const [now, database] = [clock(), open()];
    if (database === undefined) return undefined;
    if (!isWanted() || !this.#isActive(database, now)) {
      void this.#hangUp();
      return undefined;
    }
    const wait = Math.max(
      this.#retryAt - now,
      this.#hasNews || this.#source === undefined ? 0 : this.#askedAt + POLL_MS - now,
    );
    if (wait > 0 && wait <= RETRY_MS) return wait;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
    return POLL_MS;
  }

  /** Asks for all that is new, and resolves when it is learned or cannot be. */
  async drain(): Promise<void> {
    this.poke();
    await this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running?.catch(() => undefined);
    await this.#hangUp();
  }

  #isActive(database: Database, now: number): boolean {
    const event = lastEvent(database);
    if (event !== this.#event) this.#activeAt = now;
    this.#event = event;
    return now - this.#activeAt < IDLE_MS;
  }

  async #run(): Promise<void> {
    const { clock, pause, random } = this.#parts;
    try {
      if (this.#source !== undefined) await pause(GATHER_MS + random() * SPREAD_MS);
      for (let round = 0; round < MAX_AGAIN; round += 1) {
        this.#hasNews = false;
        this.#askedAt = clock();
        if (!(await this.#ask())) break;
        await pause(AGAIN_MS);
      }
      this.#retryAt = 0;
      if (this.#failed !== undefined)
        this.#parts.log('info', 'KNOWLEDGE_BACK', 'Reading from the team works again');
      this.#failed = undefined;
      this.#noteFault(null);
    } catch (error) {
      if (storeFaultOf(error) === undefined) this.#fail(reasonOf(error));
      await this.#hangUp();
    }
    if (this.#isClosed) await this.#hangUp();
  }

  /** @returns whether there is more that cannot be seen yet. */
  async #ask(): Promise<boolean> {
    this.#source ??= await this.#connect();
    const source = this.#source;
    const { ids, upTo, isPending, isWhole } = await source.news(this.#heardUpTo());
    let learned = 0;
    for (let at = 0; at < ids.length; at += MAX_ASKED) {
      const part = ids.slice(at, at + MAX_ASKED);
      const rows = await source.rowsOf(part);
      learned += this.#inStore((database) => learnFromTeam(database, part, rows)) ?? 0;
    }
    this.#inStore((database) => {
      if (isWhole) learned += forgetOthers(database, new Set(ids));
      setFeedState(database, { [HEARD_UP_TO]: upTo });
    });
    if (learned > 0) {
      this.#parts.log('info', 'KNOWLEDGE_LEARNED', `Learned ${learned} failures from the team`);
      this.#parts.wake();
    }
    return isPending;
  }

  async #connect(): Promise<KnowledgeSource> {
    let opened: KnowledgeSource | undefined;
    opened = await this.#parts.open(() => {
      if (opened === undefined || this.#source !== opened) return;
      this.#hasNews = true;
      this.#parts.wake();
    });
    return opened;
  }

  #heardUpTo(): string {
    const database = this.#parts.database();
    if (database === undefined || !isTracking(database)) return '0';
    return String(feedState(database)[HEARD_UP_TO] ?? '0');
  }

  #inStore<T>(action: (database: Database) => T): T | undefined {
    const database = this.#parts.database();
    if (database === undefined || !isTracking(database)) return undefined; // it has left
    return inTransaction(database, () => action(database));
  }

  #fail(reason: string): void {
    if (this.#failed !== reason)
      this.#parts.log('warn', 'KNOWLEDGE_DOWN', `Cannot learn from the team: ${reason}`);
    this.#failed = reason;
    this.#noteFault(reason);
    this.#hasNews = true;
    this.#retryAt = this.#parts.clock() + RETRY_MS;
  }

  /** For `fleet status`. */
  #noteFault(reason: string | null): void {
    try {
      this.#inStore((database) => {
        if ((feedState(database)[KNOWLEDGE_FAULT] ?? null) !== reason)
          setFeedState(database, { [KNOWLEDGE_FAULT]: reason });
      });
    } catch (error) {
      if (storeFaultOf(error) === undefined) throw error; // the store has a trouble of its own
    }
  }

  async #hangUp(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.close().catch(() => undefined);
  }
}

/** @returns how many patterns are gone. */
function forgetOthers(database: Database, kept: ReadonlySet<string>): number {
  const gone = readTeamIds(database).filter((id) => !kept.has(id));
  return learnFromTeam(database, gone, []);
}
