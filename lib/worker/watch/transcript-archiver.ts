import { posix } from 'node:path';
import { listFootprintFolders, listFootprint } from '../../claude/transcript/footprint.ts';
import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { listLiveSessions } from '../../features/context/table.ts';
import {
  archiveSession,
  hasTails,
  isArchived,
  type SessionFiles,
  SessionMemory,
} from '../../journal/transcripts/archive-session.ts';
import { lastSeq, sessionsHeardFrom } from '../../journal/table.ts';
import type { Database } from '../../store/database.ts';
import {
  countTranscripts,
  isKnownSession,
  type SessionTranscript,
  transcriptOf,
  transcriptsAfter,
} from '../../store/sessions-table.ts';
import { isForgotten } from '../../store/forgotten.ts';
import type { CanContinue } from '../step.ts';
import { FootprintWatcher } from './footprint-watcher.ts';

export interface TranscriptArchiverParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly log: Log;
  /** Returns the store while this worker leads. */
  readonly database: () => Database | undefined;
  readonly isOn: () => boolean;
  readonly canContinue: CanContinue;
  /** Archives active sessions and waits for that; watches nothing. */
  readonly once: boolean;
}

/** Changes within this time are archived together. */
const GATHER_MS = 400;

/**
 * How often to look up active sessions, and how often to check all of their files, which finds what
 * no watcher reported.
 */
const LOOK_MS = 1_000;
const WALK_MS = 10_000;

/** A session without an event for this long is over, whether it ended or not. */
const QUIET_MS = 60 * 60 * 1000;

/** The client may still write a line after the end of a session. */
const CLOSE_MS = 5_000;

/**
 * A failed session is tried again after the first time; the same problem is logged once within the
 * second.
 */
const RETRY_MS = 60_000;
const SAY_AGAIN_MS = 10 * 60_000;

/**
 * Sessions to compare with the archive at once, and the pause after that and after each session
 * that had to be archived.
 */
const PAGE = 50;
const PAUSE_MS = 25;

interface Job {
  readonly transcript: string;
  /** Changed files; `undefined`: check all. */
  readonly paths: Set<string> | undefined;
  readonly dueAt: number;
  readonly isClosed: boolean;
}

interface LiveSession {
  readonly transcript: string;
  readonly memory: SessionMemory;
  walkedAt: number;
  /** The base of its files. Known after the first check. */
  base?: string;
}

/**
 * Archives transcripts soon after the client writes them: active sessions when a watcher reports a
 * change, and other sessions of the store in the background. Watches and does nothing while no
 * session is active.
 */
export class TranscriptArchiver {
  readonly #parts: TranscriptArchiverParts;
  readonly #watcher = new FootprintWatcher();
  readonly #live = new Map<string, LiveSession>();
  readonly #jobs = new Map<string, Job>();
  readonly #logged = new Map<string, number>();
  readonly #refused = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #page: string | undefined = '';
  #counted = -1;
  /** Up to here, the sessions of the store's events searched. */
  #heardUpTo: number | undefined;

  constructor(parts: TranscriptArchiverParts) {
    this.#parts = parts;
  }

  /** Runs one step. It never wants another one: timers and watchers trigger the work. */
  async step(): Promise<undefined> {
    const { clock, database, isOn, once } = this.#parts;
    const store = database();
    if (store === undefined) return;
    if (!isOn()) {
      this.stop();
      return;
    }
    const now = clock();
    const wait = once ? 0 : LOOK_MS - Math.abs(now - this.#checkedAt);
    if (wait <= 0) this.#look(store, now);
    else this.#checkAfter(wait); // This step may be about a session that has just begun.
    if (once) await this.#run();
    else this.#setTimer();
  }

  #checkAfter(ms: number): void {
    if (this.#again !== undefined) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.step().catch((error: unknown) => this.#logOnce(error, 'look for sessions at work'));
    }, ms);
    this.#again.unref();
  }

  /** Stops watching and drops waiting jobs. Archived content stays. */
  stop(): void {
    this.#watcher.stop();
    clearTimeout(this.#timer);
    clearTimeout(this.#again);
    this.#timer = undefined;
    this.#again = undefined;
    this.#live.clear();
    this.#jobs.clear();
    this.#page = undefined;
    this.#counted = -1;
    this.#heardUpTo = undefined;
  }

  #look(database: Database, now: number): void {
    this.#checkedAt = now;
    const rows = listLiveSessions(database, now - QUIET_MS, now + QUIET_MS);
    const live = new Map(
      rows.flatMap(({ id, transcript_path: path }) =>
        typeof path === 'string' ? [[String(id), path] as const] : [],
      ),
    );
    for (const [session, { transcript }] of this.#live)
      if (live.get(session) !== transcript) this.#close(session, transcript, now);
    for (const [session, transcript] of live) {
      const known = this.#live.get(session);
      if (known === undefined)
        this.#live.set(session, { transcript, memory: new SessionMemory(), walkedAt: 0 });
      if (Math.abs(now - (known?.walkedAt ?? 0)) >= WALK_MS)
        this.#add(session, { transcript, paths: undefined, dueAt: now, isClosed: false });
    }
    this.#closeUnseen(database, now);
    const count = this.#page === undefined ? countTranscripts(database) : this.#counted;
    if (count !== this.#counted) this.#page = '';
    this.#counted = count;
  }

  #close(session: string, transcript: string, now: number): void {
    this.#live.delete(session);
    this.#watcher.unwatch(session);
    this.#jobs.delete(session);
    this.#add(session, { transcript, paths: undefined, dueAt: now + CLOSE_MS, isClosed: true });
  }

  /**
   * Archives sessions that were at work since the last look and are not any more: resumed and ended
   * in less than a second, or named by events that waited for long.
   */
  #closeUnseen(database: Database, now: number): void {
    const last = lastSeq(database);
    const after = this.#heardUpTo ?? last; // At first, all sessions are compared.
    this.#heardUpTo = last;
    if (last <= after) return;
    for (const session of sessionsHeardFrom(database, after, last)) {
      const transcript = transcriptOf(database, session);
      if (transcript !== undefined && !this.#live.has(session))
        this.#close(session, transcript, now);
    }
  }

  /** Merges two jobs of one session. */
  #add(session: string, job: Job): void {
    const known = this.#jobs.get(session);
    const isWhole = job.paths === undefined || (known !== undefined && known.paths === undefined);
    this.#jobs.set(session, {
      ...job,
      paths: isWhole ? undefined : new Set([...(known?.paths ?? []), ...(job.paths ?? [])]),
      dueAt: Math.min(known?.dueAt ?? job.dueAt, job.dueAt),
    });
  }

  /**
   * Compares a page of the store's sessions with the archive: all of them at the start, and again
   * when there are new ones.
   */
  #compareWithStore(database: Database, page: string): void {
    const sessions = transcriptsAfter(database, page, PAGE);
    const dueAt = this.#parts.clock();
    for (const { id, path } of sessions)
      if (!this.#live.has(id) && !this.#jobs.has(id) && this.#lacks({ id, path }))
        this.#add(id, { transcript: path, paths: undefined, dueAt, isClosed: true });
    this.#page = sessions.length < PAGE ? undefined : sessions.at(-1)?.id;
    if (this.#page === undefined) this.#counted = countTranscripts(database);
  }

  #lacks({ id, path }: SessionTranscript): boolean {
    const { archive } = this.#parts.folder;
    const footprint = this.#refused.has(id) ? undefined : listFootprint(path, id);
    if (footprint === undefined) return false;
    if (hasTails(archive, id)) return true;
    return footprint.paths.length > 0 && !isArchived(archive, footprint);
  }

  /** Sets the timer for the next job. Sessions that were not compared yet are due at once. */
  #setTimer(): void {
    if (this.#parts.once || this.#running !== undefined) return;
    const now = this.#parts.clock();
    const due = [...this.#jobs.values()].map(({ dueAt, isClosed }) =>
      isClosed ? Math.max(dueAt, now + PAUSE_MS) : dueAt,
    );
    if (this.#page !== undefined) due.push(now + PAUSE_MS);
    if (due.length === 0) return;
    clearTimeout(this.#timer);
    const ms = Math.max(0, Math.min(Math.min(...due) - now, RETRY_MS));
    this.#timer = setTimeout(() => {
      this.#run().catch((error: unknown) =>
        this.#logOnce(error, 'compare the archive with the store'),
      );
    }, ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#running ??= this.#runJobs().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
    this.#setTimer();
  }

  async #runJobs(): Promise<void> {
    const { clock, once } = this.#parts;
    for (;;) {
      const database = this.#parts.database();
      if (database === undefined) return;
      const [session, job] = [...this.#jobs].find(([, { dueAt }]) => dueAt <= clock()) ?? [];
      if (session === undefined || job === undefined) {
        if (this.#page !== undefined && !once) this.#compareWithStore(database, this.#page);
        return;
      }
      this.#jobs.delete(session);
      if (!(await this.#archive(session, job, database))) return;
      if (job.isClosed && !once) return; // Background work pauses after each session.
    }
  }

  /** @returns whether to continue. */
  async #archive(session: string, job: Job, database: Database): Promise<boolean> {
    const { folder, clock, canContinue } = this.#parts;
    if (this.#refused.has(session)) return true;
    const live = this.#live.get(session);
    const files = filesOf(session, job, live);
    if (files === undefined) return true;
    const isPart = job.paths !== undefined;
    const work = archiveSession(files, {
      archive: folder.archive,
      clock,
      isClosed: job.isClosed,
      isPart,
      ...(live === undefined ? {} : { memory: live.memory }),
      isWanted: () => isKnownSession(database, session) && !isForgotten(database, session),
    });
    try {
      for (;;) {
        if (!(await canContinue()) || this.#parts.database() !== database) return false;
        const step = work.next();
        if (step.done !== true) continue;
        if (step.value.branched.length > 0) this.#logBranched(session, step.value.branched);
        break;
      }
    } catch (error) {
      this.#failed(session, job, error);
    } finally {
      work.return({ added: 0, branched: [], unreadable: [] });
    }
    if (live !== undefined && !isPart && this.#live.get(session) === live)
      this.#watch(session, live, files.base);
    return true;
  }

  #watch(session: string, live: LiveSession, base: string): void {
    live.walkedAt = this.#parts.clock();
    live.base = base;
    if (this.#parts.once) return;
    const folders = listFootprintFolders(live.transcript, session);
    this.#watcher.watch(session, [posix.dirname(live.transcript), ...folders], (path) => {
      if (path !== null && path !== live.transcript && !folders.some((one) => path.startsWith(one)))
        return;
      const now = this.#parts.clock();
      const name = path?.slice(base.length + 1);
      const isKnown = name !== undefined && live.memory.looks.has(name);
      const isPart = isKnown && Math.abs(now - live.walkedAt) < WALK_MS;
      const paths = isPart ? new Set([name]) : undefined;
      const dueAt = now + GATHER_MS;
      this.#add(session, { transcript: live.transcript, paths, dueAt, isClosed: false });
      this.#setTimer();
    });
  }

  #logBranched(session: string, paths: readonly string[]): void {
    this.#parts.log(
      'info',
      'TRANSCRIPT_BRANCHED',
      `Claude Code rewrote ${paths.join(', ')} of session ${session}; the archive keeps both`,
    );
  }

  #failed(session: string, job: Job, error: unknown): void {
    const { clock } = this.#parts;
    const live = this.#live.get(session);
    if (live !== undefined) this.#live.set(session, { ...live, memory: new SessionMemory() });
    if (error instanceof WaymarkError)
      this.#refused.add(session); // From a later version: another try does not help.
    else this.#add(session, { ...job, paths: undefined, dueAt: clock() + RETRY_MS });
    this.#logOnce(error, `archive the transcript of session ${session}`);
  }

  /** Logs the same problem once in ten minutes. */
  #logOnce(error: unknown, what: string): void {
    const { clock, log } = this.#parts;
    const trouble = errnoOf(error) || reasonOf(error);
    const since = Math.abs(clock() - (this.#logged.get(trouble) ?? Number.NEGATIVE_INFINITY));
    if (since < SAY_AGAIN_MS) return;
    this.#logged.set(trouble, clock());
    log('error', 'ARCHIVE_FAILED', `Cannot ${what}: ${reasonOf(error)}`);
  }
}

/**
 * Returns the files of a job. `undefined`: the path does not name the transcript of this session.
 */
function filesOf(
  session: string,
  { transcript, paths }: Job,
  live: LiveSession | undefined,
): SessionFiles | undefined {
  const base = live?.base;
  const [only] = paths ?? [];
  if (base !== undefined && paths?.size === 1 && `${base}/${only}` === transcript)
    // A line was written, as at each call: nothing else needs a check.
    return { session, base, paths: [...paths] };
  const footprint = listFootprint(transcript, session);
  if (footprint === undefined || paths === undefined) return footprint;
  return { ...footprint, paths: footprint.paths.filter((path) => paths.has(path)) };
}
