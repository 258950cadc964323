import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ActiveSession, readActiveSessions } from '../../features/context/active-sessions.ts';
import {
  addActivity,
  type ChangeCount,
  saveWatchedProjects,
  type WatchedProject,
} from '../../features/context/table.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';

export interface ContextWatchParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** Reads new lines of one session's transcript. */
  readonly readSession: (
    database: Database,
    sessionId: string,
  ) => Promise<{ readonly more: boolean }>;
  /** Returns the number of processed entries: a change means news. */
  readonly processed: () => number;
  readonly intervalMs: () => number;
  /** Returns folders to watch in place of those of the sessions; empty: those of the sessions. */
  readonly watchedPaths: () => readonly string[];
  readonly activity: FileActivity;
  /** Whether the gate's file has the needles of what must be said at the next tool call. */
  readonly areNeedlesWritten: (database: Database) => boolean;
  /** The worker only drains: watches nothing. */
  readonly once: boolean;
}

/** The parts of `ActivityWatch` that a context watch needs. */
export interface FileActivity {
  watch(projects: ReadonlySet<string>): void;
  watched(): readonly WatchedProject[];
  takeCounts(): readonly ChangeCount[];
  takeBursts(): ReadonlySet<string>;
  close(): void;
}

/** While no session is active, a new event may mean that one is. Checked at most this often. */
const LOOK_MS = 1_000;

/**
 * While sessions are active: reads their transcripts at least once per interval, and at once when
 * many of their files change; stores the counts of file activity; watches their folders. Does
 * nothing while no session is active.
 */
export class ContextWatch {
  readonly #parts: ContextWatchParts;
  /** The state of each session's transcript when it was last read. */
  readonly #seen = new Map<string, string>();
  #active: readonly ActiveSession[] = [];
  #nextAt = Number.POSITIVE_INFINITY;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #processed = -1;
  #watched = '';

  constructor(parts: ContextWatchParts) {
    this.#parts = parts;
  }

  /**
   * Runs one step.
   * @returns after how many milliseconds it wants the next: 0 = at once, `undefined` = when the
   * worker wakes anyway.
   */
  async step(): Promise<number | undefined> {
    const { clock, once, intervalMs, activity } = this.#parts;
    if (once) return undefined;
    const now = clock();
    const bursts = activity.takeBursts();
    const counts = activity.takeCounts();
    // A clock that stepped back must not delay it for ever.
    if (this.#active.length > 0) this.#nextAt = Math.min(this.#nextAt, now + intervalMs());
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

  /** Whether a session is active. */
  get isWatching(): boolean {
    return this.#active.length > 0;
  }

  /** Returns the transcripts of active sessions. */
  transcripts(): readonly string[] {
    return this.#active.flatMap(({ transcriptPath }) => transcriptPath ?? []);
  }

  close(): void {
    this.#parts.activity.close();
  }

  #mayHaveBegun(now: number): boolean {
    if (this.#processed === this.#parts.processed() || Math.abs(now - this.#checkedAt) < LOOK_MS)
      return false;
    return this.#active.length === 0;
  }

  #wait(now: number): number | undefined {
    if (this.#active.length > 0) return Math.max(1, this.#nextAt - now);
    return this.#processed === this.#parts.processed() ? undefined : LOOK_MS;
  }

  #look(database: Database, now: number): void {
    this.#checkedAt = now;
    this.#processed = this.#parts.processed();
    this.#active = readActiveSessions(database, now);
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
    inTransaction(database, () => saveWatchedProjects(database, watched, now));
    this.#watched = text;
  }

  /** Compares the file itself, because the event of a hook that spoke may be missing. */
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
