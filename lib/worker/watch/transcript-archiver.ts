import { posix } from 'node:path';
import { footprintFolders, footprintOf } from '../../claude/transcript/footprint.ts';
import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { liveSessions } from '../../features/context/table.ts';
import {
  archiveSession,
  hasTails,
  isArchived,
  SessionMemory,
} from '../../journal/transcripts/archive-session.ts';
import type { Database } from '../../store/database.ts';
import {
  countTranscripts,
  isKnownSession,
  type SessionTranscript,
  transcriptsAfter,
} from '../../store/sessions-table.ts';
import { isForgotten } from '../../store/forgotten.ts';
import type { MayGoOn } from '../turn.ts';
import { FootprintWatcher } from './footprint-watcher.ts';

export interface TranscriptArchiverParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly log: Log;
  /** The store while this worker leads, else none. */
  readonly database: () => Database | undefined;
  readonly isOn: () => boolean;
  readonly goOn: MayGoOn;
  /** Archives the sessions at work, and waits for that; nothing is watched. */
  readonly once: boolean;
}

/** Changes of this time are archived together. */
const GATHER_MS = 400;

/** How often sessions at work are looked up, and how often all of their files are looked at: this finds what no watcher reported. */
const LOOK_MS = 1_000;
const WALK_MS = 10_000;

/** A session without an event for so long is over, whether it said so or not. */
const QUIET_MS = 60 * 60 * 1000;

/** After its end the client may still write a line. */
const CLOSE_MS = 5_000;

/** What failed is tried again after this time; the same trouble is logged once in the other. */
const RETRY_MS = 60_000;
const SAY_AGAIN_MS = 10 * 60_000;

/** Sessions of the store that are compared with the archive in one go, and the pause behind that and behind each that had to be archived. */
const PAGE = 50;
const PAUSE_MS = 25;

interface Job {
  readonly transcript: string;
  /** Files that changed; `undefined`: look at all. */
  readonly paths: Set<string> | undefined;
  readonly dueAt: number;
  readonly isClosed: boolean;
}

interface LiveSession {
  readonly transcript: string;
  readonly memory: SessionMemory;
  walkedAt: number;
}

/**
 * Keeps the archive of transcripts close behind the client: what sessions at work write, when a watcher reports it; what else is in the
 * store and not yet archived, in the background. While no session is at work, nothing is watched and nothing is done.
 */
export class TranscriptArchiver {
  readonly #parts: TranscriptArchiverParts;
  readonly #watcher = new FootprintWatcher();
  readonly #live = new Map<string, LiveSession>();
  readonly #jobs = new Map<string, Job>();
  readonly #said = new Map<string, number>();
  readonly #refused = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #page: string | undefined = '';
  #counted = -1;

  constructor(parts: TranscriptArchiverParts) {
    this.#parts = parts;
  }

  /** One turn. It wants no other: timers and watchers do the rest. */
  async turn(): Promise<undefined> {
    const { clock, database, isOn, once } = this.#parts;
    const store = database();
    if (store === undefined) return;
    if (!isOn()) {
      this.stop();
      return;
    }
    const now = clock();
    const wait = once ? 0 : LOOK_MS - Math.abs(now - this.#lookedAt);
    if (wait <= 0) this.#look(store, now);
    else this.#lookAfter(wait); // what this turn was for may be a session that has begun
    if (once) await this.#run();
    else this.#arm();
  }

  #lookAfter(ms: number): void {
    if (this.#again !== undefined) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.turn().catch((error: unknown) => this.#say(error, 'look for sessions at work'));
    }, ms);
    this.#again.unref();
  }

  /** Ends what is watched and what waits; what was archived stays as it is. */
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
  }

  #look(database: Database, now: number): void {
    this.#lookedAt = now;
    const rows = liveSessions(database, now - QUIET_MS, now + QUIET_MS);
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

  /** Two jobs of one session become one. */
  #add(session: string, job: Job): void {
    const known = this.#jobs.get(session);
    const isWhole = job.paths === undefined || (known !== undefined && known.paths === undefined);
    this.#jobs.set(session, {
      ...job,
      paths: isWhole ? undefined : new Set([...(known?.paths ?? []), ...(job.paths ?? [])]),
      dueAt: Math.min(known?.dueAt ?? job.dueAt, job.dueAt),
    });
  }

  /** Compares some sessions of the store with the archive: all of them at the start, and again when there are others. */
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
    const footprint = this.#refused.has(id) ? undefined : footprintOf(path, id);
    if (footprint === undefined) return false;
    if (hasTails(archive, id)) return true;
    return footprint.paths.length > 0 && !isArchived(archive, footprint);
  }

  /** Sets the timer for the next job; what was not compared yet is due at once. */
  #arm(): void {
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
      this.#run().catch((error: unknown) => this.#say(error, 'compare the archive with the store'));
    }, ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#running ??= this.#runJobs().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
    this.#arm();
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
      if (job.isClosed && !once) return; // whatever is in no hurry makes a pause after each session
    }
  }

  /** @returns whether to go on. */
  async #archive(session: string, job: Job, database: Database): Promise<boolean> {
    const { folder, clock, goOn } = this.#parts;
    if (this.#refused.has(session)) return true;
    const live = this.#live.get(session);
    const footprint = footprintOf(job.transcript, session);
    if (footprint === undefined) return true;
    const isPart = job.paths !== undefined;
    const paths = isPart ? footprint.paths.filter((path) => job.paths?.has(path)) : footprint.paths;
    const work = archiveSession(
      { ...footprint, paths },
      {
        archive: folder.archive,
        clock,
        isClosed: job.isClosed,
        isPart,
        ...(live === undefined ? {} : { memory: live.memory }),
        isWanted: () => isKnownSession(database, session) && !isForgotten(database, session),
      },
    );
    try {
      for (;;) {
        if (!(await goOn()) || this.#parts.database() !== database) return false;
        const step = work.next();
        if (step.done !== true) continue;
        if (step.value.branched.length > 0) this.#tellBranched(session, step.value.branched);
        break;
      }
    } catch (error) {
      this.#failed(session, job, error);
    } finally {
      work.return({ added: 0, branched: [], unreadable: [] });
    }
    if (live !== undefined && !isPart && this.#live.get(session) === live)
      this.#watch(session, live);
    return true;
  }

  #watch(session: string, live: LiveSession): void {
    live.walkedAt = this.#parts.clock();
    if (this.#parts.once) return;
    const base = footprintOf(live.transcript, session)?.base;
    const folders = footprintFolders(live.transcript, session);
    this.#watcher.watch(session, [posix.dirname(live.transcript), ...folders], (path) => {
      if (path !== null && path !== live.transcript && !folders.some((one) => path.startsWith(one)))
        return;
      const now = this.#parts.clock();
      const name = path?.slice((base?.length ?? 0) + 1);
      const isKnown = name !== undefined && live.memory.looks.has(name);
      const isPart = isKnown && Math.abs(now - live.walkedAt) < WALK_MS;
      const paths = isPart ? new Set([name]) : undefined;
      const dueAt = now + GATHER_MS;
      this.#add(session, { transcript: live.transcript, paths, dueAt, isClosed: false });
      this.#arm();
    });
  }

  #tellBranched(session: string, paths: readonly string[]): void {
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
      this.#refused.add(session); // of a later version: trying again does not help
    else this.#add(session, { ...job, paths: undefined, dueAt: clock() + RETRY_MS });
    this.#say(error, `archive the transcript of session ${session}`);
  }

  /** The same trouble is logged once in ten minutes. */
  #say(error: unknown, what: string): void {
    const { clock, log } = this.#parts;
    const trouble = errnoOf(error) || reasonOf(error);
    const since = Math.abs(clock() - (this.#said.get(trouble) ?? Number.NEGATIVE_INFINITY));
    if (since < SAY_AGAIN_MS) return;
    this.#said.set(trouble, clock());
    log('error', 'ARCHIVE_FAILED', `Cannot ${what}: ${reasonOf(error)}`);
  }
}
