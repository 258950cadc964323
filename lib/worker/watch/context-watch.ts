import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ActiveSession, activeSessions } from '../../features/context/active-sessions.ts';
import {
  addActivity,
  type ChangeCount,
  saveWatched,
  type WatchedProject,
} from '../../features/context/table.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';

export interface ContextWatchParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** Reads the transcript of one session on. */
  readonly readSession: (
    database: Database,
    sessionId: string,
  ) => Promise<{ readonly more: boolean }>;
  /** Number of entries processed so far: a change means news. */
  readonly processed: () => number;
  readonly intervalMs: () => number;
  /** Folders that are watched in place of those of the sessions; empty = those. */
  readonly watchedPaths: () => readonly string[];
  readonly activity: FileActivity;
  /** Whether the gate's file has what has to be said at the next call of a tool. */
  readonly areNeedlesWritten: (database: Database) => boolean;
  /** The worker only drains: nothing is watched. */
  readonly once: boolean;
}

/** What a context watch needs of an `ActivityWatch`. */
export interface FileActivity {
  watch(projects: ReadonlySet<string>): void;
  watched(): readonly WatchedProject[];
  takeCounts(): readonly ChangeCount[];
  takeBursts(): ReadonlySet<string>;
  close(): void;
}

/** While no session is active, a new event may mean that one is; looked up at most so often. */
const LOOK_MS = 1_000;

/**
 * While sessions are at work: reads their transcripts on at least once per interval and at once when many of their files change, keeps the counts of
 * file activity, and watches their folders. While none is, it does nothing at all.
 */
export class ContextWatch {
  readonly #parts: ContextWatchParts;
  /** What the transcript of each session looked like when it was last read. */
  readonly #seen = new Map<string, string>();
  #active: readonly ActiveSession[] = [];
  #nextAt = Number.POSITIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #processed = -1;
  #watched = '';

  constructor(parts: ContextWatchParts) {
    this.#parts = parts;
  }

  /** One turn. @returns after how many milliseconds it wants the next: 0 = at once, `undefined` = when the worker wakes anyway. */
  async turn(): Promise<number | undefined> {
    const { clock, once, intervalMs, activity } = this.#parts;
    if (once) return undefined;
    const now = clock();
    const bursts = activity.takeBursts();
    const counts = activity.takeCounts();
    if (this.#active.length > 0) this.#nextAt = Math.min(this.#nextAt, now + intervalMs()); // a clock that stepped back must not postpone it for ever
    const isDue = now >= this.#nextAt || bursts.size > 0;
    if (!isDue && !this.#mayHaveBegun(now)) {
      this.#keep(counts);
      return this.#wait(now);
    }
    const database = this.#parts.database();
    if (database === undefined) return undefined;
    this.#look(database, now);
    this.#keep(counts);
    return (await this.#read(database, now)) ? 0 : this.#wait(now);
  }

  /** Whether a session is at work. */
  get isWatching(): boolean {
    return this.#active.length > 0;
  }

  /** Those of the sessions that are at work. */
  transcripts(): readonly string[] {
    return this.#active.flatMap(({ transcriptPath }) => transcriptPath ?? []);
  }

  close(): void {
    this.#parts.activity.close();
  }

  #mayHaveBegun(now: number): boolean {
    if (this.#processed === this.#parts.processed() || Math.abs(now - this.#lookedAt) < LOOK_MS)
      return false;
    return this.#active.length === 0;
  }

  #wait(now: number): number | undefined {
    if (this.#active.length > 0) return Math.max(1, this.#nextAt - now);
    return this.#processed === this.#parts.processed() ? undefined : LOOK_MS;
  }

  #look(database: Database, now: number): void {
    this.#lookedAt = now;
    this.#processed = this.#parts.processed();
    this.#active = activeSessions(database, now);
    this.#nextAt =
      this.#active.length === 0 ? Number.POSITIVE_INFINITY : now + this.#parts.intervalMs();
    const ids = new Set(this.#active.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    this.#watchFolders(database, now);
    this.#checkNeedles(database);
  }

  #watchFolders(database: Database, now: number): void {
    const { activity, watchedPaths } = this.#parts;
    const configured = this.#active.length === 0 ? [] : watchedPaths().map((path) => resolve(path));
    activity.watch(
      new Set(
        configured.length > 0 ? configured : this.#active.flatMap(({ project }) => project ?? []),
      ),
    );
    const watched = activity.watched();
    const text = JSON.stringify(watched);
    if (text === this.#watched) return;
    inTransaction(database, () => saveWatched(database, watched, now));
    this.#watched = text;
  }

  /** The event of a hook that spoke may be missing: compares the file itself. */
  #checkNeedles(database: Database): void {
    if (!this.#parts.areNeedlesWritten(database)) requestRefresh(database, 'needles', ['']);
  }

  #keep(counts: readonly ChangeCount[]): void {
    const database = counts.length === 0 ? undefined : this.#parts.database();
    if (database === undefined) return;
    const projects = new Set(counts.map(({ project }) => project));
    inTransaction(database, () => {
      addActivity(database, counts);
      const touched = this.#active.filter(
        ({ project }) => project !== undefined && projects.has(project),
      );
      requestRefresh(
        database,
        'context',
        touched.map(({ id }) => id),
      );
    });
  }

  /** @returns whether a transcript was not read to its end. */
  async #read(database: Database, now: number): Promise<boolean> {
    let more = false;
    for (const { id, transcriptPath } of this.#active) {
      const looks = transcriptPath === undefined ? undefined : looksOf(transcriptPath);
      if (looks === undefined || looks === this.#seen.get(id)) continue;
      const read = await this.#parts.readSession(database, id);
      if (!read.more) this.#seen.set(id, looks);
      more ||= read.more;
    }
    if (more) this.#nextAt = now;
    return more;
  }
}

function looksOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeMs}`;
}
