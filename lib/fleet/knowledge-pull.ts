import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { computeCommandShapes } from '../features/failure/command-shape.ts';
import { learnFromTeam } from '../features/failure/learn-from-team.ts';
import { feedState, isTracking, lastEvent, setFeedState } from '../store/changed-rows.ts';
import type { Database, Row } from '../store/database.ts';
import {
  knowledgeChannel,
  knowledgeNews,
  readKnowledge,
  readLastFailures,
  readTeamNames,
  type TeamNames,
} from '../store/postgres/knowledge.ts';
import { requirePostgresVersion } from '../store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../store/postgres/session.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { inTransaction } from '../store/transaction.ts';
import { findLessons, type Lesson, type LessonFix } from './knowledge.ts';
import { nameCheck } from './name-free.ts';

export interface KnowledgePullParts {
  /** The store while this worker leads; `undefined`: not now. */
  readonly database: () => Database | undefined;
  /** How the team knows this machine. */
  readonly host: string;
  readonly open: () => Promise<PostgresSession>;
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
  #session: PostgresSession | undefined;
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
      this.#hasNews || this.#session === undefined ? 0 : this.#askedAt + POLL_MS - now,
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
      if (this.#session !== undefined) await pause(GATHER_MS + random() * SPREAD_MS);
      for (let round = 0; round < MAX_AGAIN; round += 1) {
        this.#hasNews = false;
        this.#askedAt = clock();
        if (!(await this.#ask())) break;
        await pause(AGAIN_MS);
      }
      this.#retryAt = 0;
      if (this.#failed !== undefined)
        this.#parts.log('info', 'KNOWLEDGE_BACK', 'The team can be asked again');
      this.#failed = undefined;
    } catch (error) {
      if (storeFaultOf(error) === undefined) this.#fail(reasonOf(error));
      await this.#hangUp();
    }
    if (this.#isClosed) await this.#hangUp();
  }

  /** @returns whether there is more that cannot be seen yet. */
  async #ask(): Promise<boolean> {
    const { clock } = this.#parts;
    this.#session ??= await this.#connect();
    const session = this.#session;
    const { ids, upTo, isPending } = await knowledgeNews(session, this.#heardUpTo());
    const names = ids.length === 0 ? undefined : await readTeamNames(session, clock());
    let learned = 0;
    for (let at = 0; names !== undefined && at < ids.length; at += MAX_ASKED) {
      const part = ids.slice(at, at + MAX_ASKED);
      const rows = await this.#rowsOf(session, part, names);
      learned += this.#inStore((database) => learnFromTeam(database, part, rows)) ?? 0;
    }
    this.#inStore((database) => setFeedState(database, { [HEARD_UP_TO]: upTo }));
    if (learned > 0) {
      this.#parts.log('info', 'KNOWLEDGE_LEARNED', `The team taught about ${learned} failures`);
      this.#parts.wake();
    }
    return isPending;
  }

  async #connect(): Promise<PostgresSession> {
    const session = await this.#parts.open();
    try {
      await requirePostgresVersion(session);
      await session.listen(await knowledgeChannel(session), () => this.#hear(session));
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  #hear(session: PostgresSession): void {
    if (this.#session !== session) return;
    this.#hasNews = true;
    this.#parts.wake();
  }

  async #rowsOf(
    session: PostgresSession,
    ids: readonly string[],
    { names, aheadMs }: TeamNames,
  ): Promise<readonly Row[]> {
    const evidence = await readKnowledge(session, ids, this.#parts.host);
    const lessons = findLessons(evidence, { isNameFree: nameCheck(names), aheadMs });
    const commands = lessons.flatMap((lesson) =>
      lesson.fixes.flatMap((fix) => shapes(lesson, fix)),
    );
    const failedAt = new Map(
      (await readLastFailures(session, commands)).map((row) => [
        `${row['key']} ${row['exact']}`,
        Number(row['at']),
      ]),
    );
    const holds = (lesson: Lesson, fix: LessonFix): boolean =>
      shapes(lesson, fix).every(
        ({ key, exact }) => (failedAt.get(`${key} ${exact}`) ?? 0) <= fix.at,
      );
    return lessons.flatMap((lesson) => {
      const fix = lesson.fixes.find((one) => holds(lesson, one));
      return fix === undefined ? [] : [lesson.rowWith(fix)];
    });
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
    this.#hasNews = true;
    this.#retryAt = this.#parts.clock() + RETRY_MS;
  }

  async #hangUp(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close().catch(() => undefined);
  }
}

function shapes({ tool }: Lesson, { text, isEdit }: LessonFix) {
  return isEdit ? [] : computeCommandShapes(tool, text);
}
