import { lstatSync } from 'node:fs';
import { listFootprint } from '../claude/transcript/footprint.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { isArchivedUpTo, type SessionFiles } from '../journal/transcripts/archive-session.ts';
import { indexingProgress, type SessionProgress } from '../search/table-sessions.ts';
import { isDamage } from '../search/table-file.ts';
import { listSourceSigns } from '../search/table-sources.ts';
import type { Database } from '../store/database.ts';
import { transcriptsAfter } from '../store/sessions-table.ts';
import { takeIndex } from './kept-readers.ts';
import { queryStore } from './store-view.ts';

/** How far one kind of work is. Field names are a contract. */
export interface WorkProgress {
  readonly sessions: number;
  readonly sessionsDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
}

/** What the worker does with sessions after an import. Field names are a contract. */
export interface FollowUp {
  /** `null`: the setting `transcripts` is off. */
  readonly archive: WorkProgress | null;
  readonly index: WorkProgress;
  readonly isDone: boolean;
}

/** The files of a session, as they were at the first look. */
interface Kept {
  readonly files: SessionFiles;
  readonly bytes: number;
  /** Of transcripts alone, which are all that the index reads. */
  readonly transcriptBytes: number;
  readonly newest: number;
}

/** Sessions that are read from the store at once. */
const PAGE = 1_000;

/**
 * Looks how far archive and search index are with the sessions that the store has now. Sessions
 * that begin later, and lines that come later, do not count.
 */
export class FollowUpWatch {
  readonly #folder: StateFolder;
  readonly #isArchiveOn: boolean;
  #kept: ReadonlyMap<string, Kept> | undefined;
  #sessions: ReadonlySet<string> | undefined;
  readonly #archived = new Set<string>();
  readonly #indexed = new Set<string>();

  constructor(folder: StateFolder, isArchiveOn: boolean) {
    this.#folder = folder;
    this.#isArchiveOn = isArchiveOn;
  }

  /**
   * One look. The first one looks at every file, later ones at what is not done yet.
   * @throws {@link WaymarkError} STORE_UNAVAILABLE or STORE_CORRUPT when the store cannot be read.
   */
  async look(): Promise<FollowUp> {
    return await queryStore(this.#folder, NOTHING, async (store) => {
      this.#kept ??= keptFiles(store);
      const archive = this.#isArchiveOn ? this.#checkArchive(this.#kept) : null;
      const index = this.#checkIndex(store, this.#kept);
      const isDone = isWhole(index) && (archive === null || isWhole(archive));
      return { archive, index, isDone };
    });
  }

  #checkArchive(kept: ReadonlyMap<string, Kept>): WorkProgress {
    let [bytes, bytesDone] = [0, 0];
    for (const [id, { files, newest, ...one }] of kept) {
      bytes += one.bytes;
      if (!this.#archived.has(id) && isArchivedUpTo(this.#folder.archive, files, newest))
        this.#archived.add(id);
      if (this.#archived.has(id)) bytesDone += one.bytes;
    }
    return { sessions: kept.size, sessionsDone: this.#archived.size, bytes, bytesDone };
  }

  #checkIndex(store: Database, kept: ReadonlyMap<string, Kept>): WorkProgress {
    const known = this.#indexProgress();
    const signs = listSourceSigns(store);
    this.#sessions ??= new Set(signs.map(({ id }) => id));
    let [sessions, sessionsDone, bytes, bytesDone] = [0, 0, 0, 0];
    for (const { id, seen } of signs) {
      if (!this.#sessions.has(id)) continue;
      sessions += 1;
      const size = kept.get(id)?.transcriptBytes ?? 0;
      const progress = known.get(id);
      if (progress?.seen === seen) this.#indexed.add(id);
      const isDone = this.#indexed.has(id);
      bytes += size;
      bytesDone += isDone ? size : Math.min(size, progress?.bytes ?? 0);
      sessionsDone += isDone ? 1 : 0;
    }
    return { sessions, sessionsDone, bytes, bytesDone };
  }

  #indexProgress(): ReadonlyMap<string, SessionProgress> {
    try {
      const index = takeIndex(this.#folder.search);
      if (index === undefined) return new Map();
      try {
        return indexingProgress(index);
      } finally {
        index.close();
      }
    } catch (error) {
      if (isDamage(error)) return new Map(); // the worker builds it again
      throw error;
    }
  }
}

const NO_WORK: WorkProgress = { sessions: 0, sessionsDone: 0, bytes: 0, bytesDone: 0 };
const NOTHING: FollowUp = { archive: null, index: NO_WORK, isDone: true };

function isWhole({ sessions, sessionsDone }: WorkProgress): boolean {
  return sessionsDone >= sessions;
}

/** Sessions of which the client still has files. */
function keptFiles(store: Database): ReadonlyMap<string, Kept> {
  const kept = new Map<string, Kept>();
  for (let after = ''; ; ) {
    const page = transcriptsAfter(store, after, PAGE);
    for (const { id, path } of page) {
      const files = listFootprint(path, id);
      if (files !== undefined && files.paths.length > 0) kept.set(id, lookAt(files));
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return kept;
    after = last.id;
  }
}

function lookAt(files: SessionFiles): Kept {
  let [bytes, transcriptBytes, newest] = [0, 0, 0];
  for (const path of files.paths) {
    const found = lstatSync(`${files.base}/${path}`, { throwIfNoEntry: false });
    if (found === undefined) continue; // gone meanwhile
    bytes += found.size;
    if (path.endsWith('.jsonl')) transcriptBytes += found.size;
    newest = Math.max(newest, found.mtimeMs);
  }
  return { files, bytes, transcriptBytes, newest };
}
