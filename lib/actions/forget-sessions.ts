import { existsSync, lstatSync, rmSync } from 'node:fs';
import { listFootprintFolders, listFootprint } from '../claude/transcript/footprint.ts';
import { removeQuietly } from '../core/files.ts';
import { listFilesBelow } from '../core/file-keeper.ts';
import { parseJsonObject, objectField, stringField } from '../core/json.ts';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { dropLines, dropLinesOfLog } from '../journal/drop-lines.ts';
import { listCaptured } from '../ledger/captured-ids.ts';
import { findTraces, namesOf, type Trace } from '../retention/find-traces.ts';
import { compactStores } from '../snapshots/compact-store.ts';
import { forgetFiles, forgetRows } from '../retention/forget.ts';
import { sqliteDriver } from '../store/driver.ts';
import { takeLead } from '../store/leader-lock.ts';
import {
  eraseFromEarlierStore,
  vacuumAll,
  overwriteDeleted,
  rewriteStore,
} from '../store/erase.ts';
import { eventsOf } from '../store/apply-events.ts';
import {
  beginForget,
  endForget,
  listHalfForgotten,
  readUnfinishedForget,
} from '../store/forgotten.ts';
import type { Database } from '../store/database.ts';
import { openStore } from '../store/open-store.ts';
import { addTombstones } from '../store/tombstones.ts';
import { inTransaction } from '../store/transaction.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';
import { stopWorkers } from './stop-workers.ts';

/** A session that goes. */
export interface SessionToForget {
  readonly id: string;
  /** Where the client has its transcript; `null`: not known. */
  readonly transcriptPath: string | null;
}

/** What went, and what is left. */
export interface ForgetResult {
  readonly rows: number;
  /** Files and folders of waymark. */
  readonly files: number;
  /** Lines of logs and of the archive of events. */
  readonly lines: number;
  /** Files of the client that were deleted. */
  readonly clientFiles: number;
  /** Files of the client that are still there. */
  readonly clientFilesLeft: readonly string[];
  /** Files that name a session after all: should be none. */
  readonly left: readonly Trace[];
}

/**
 * Deletes every trace of sessions, and remembers that they must not come back. Workers are stopped
 * meanwhile, since files are written anew to which they append; a worker is started again
 * afterwards. Looks at the end whether anything is left. Completes an earlier run that was
 * interrupted.
 * @throws {@link WaymarkError} LEADER_PRESENT when a worker does not stop, STORE_UNAVAILABLE.
 */
export async function forgetSessions(
  actionContext: ActionContext,
  sessions: readonly SessionToForget[],
  { clientFiles }: { readonly clientFiles: boolean },
): Promise<ForgetResult> {
  const { folder } = actionContext;
  const { hadWorker, release } = await takeTheLead(actionContext);
  try {
    const all = withStore(folder, (database) => addInterrupted(database, sessions, clientFiles));
    const ids = all.map(({ id }) => id);
    const erased = eraseAll(folder, all, actionContext.clock());
    await compactStores(folder.root, actionContext.environment, {
      signal: new AbortController().signal,
      clock: actionContext.clock,
    });
    const left = findRemainingTraces(folder, ids);
    withStore(folder, endForget);
    return { ...erased, left };
  } finally {
    release();
    if (hadWorker) wakeWorker(actionContext);
  }
}

interface Erasing extends SessionToForget {
  readonly clientFiles: boolean;
}

/** Adds sessions of an earlier run that still have rows. */
function addInterrupted(
  database: Database,
  sessions: readonly SessionToForget[],
  clientFiles: boolean,
): readonly Erasing[] {
  const unfinished = readUnfinishedForget(database);
  const named = new Set(sessions.map(({ id }) => id));
  const half = unfinished === undefined ? [] : listHalfForgotten(database);
  const halfIds = new Set(half.map(({ id }) => id));
  return [...sessions, ...half.filter(({ id }) => !named.has(id))].map((session) => ({
    ...session,
    clientFiles:
      (clientFiles && named.has(session.id)) ||
      (unfinished?.clientFiles === true && halfIds.has(session.id)),
  }));
}

function withStore<T>({ store }: StateFolder, use: (database: Database) => T): T {
  const database = openStore(store, sqliteDriver());
  try {
    return use(database);
  } finally {
    database.close();
  }
}

const ATTEMPTS = 5;

/**
 * Stops every worker, and holds what the leading one holds: a worker that a hook starts meanwhile
 * ends at once.
 */
async function takeTheLead(
  actionContext: ActionContext,
): Promise<{ readonly hadWorker: boolean; readonly release: () => void }> {
  let hadWorker = false;
  for (let attempt = 1; ; attempt += 1) {
    const { stopped, silent } = await stopWorkers(actionContext);
    hadWorker ||= stopped.length > 0;
    const release = silent.length === 0 ? lockLead(actionContext.folder) : undefined;
    if (release !== undefined) return { hadWorker, release };
    if (attempt < ATTEMPTS) continue;
    const [worker] = silent;
    throw worker === undefined
      ? new WaymarkError(
          'LEADER_PRESENT',
          'Cannot forget sessions: another command is using the state folder',
          { remedy: 'Try again when it has finished. Nothing was deleted.' },
        )
      : new WaymarkError(
          'LEADER_PRESENT',
          `Cannot forget sessions: worker ${worker.id} does not stop`,
          { remedy: 'Run `waymark worker stop`, then try again. Nothing was deleted.' },
        );
  }
}

function lockLead({ root, leaderLock }: StateFolder): (() => void) | undefined {
  if (!existsSync(root)) return () => undefined;
  const lock = takeLead(leaderLock, sqliteDriver());
  return lock?.release;
}

/**
 * Marks the sessions as forgotten first, so that nothing of them returns whatever happens next.
 * Deletes their rows last: a run that continues after a kill finds the sessions by these.
 */
function eraseAll(
  folder: StateFolder,
  sessions: readonly Erasing[],
  now: number,
): Omit<ForgetResult, 'left'> {
  const ids = sessions.map(({ id }) => id);
  const gone = new Set(ids);
  const named = namesOf(ids);
  const isMention = (text: string): boolean => named(text).length > 0;
  return withStore(folder, (database) => {
    const isResumed = readUnfinishedForget(database) !== undefined;
    const clientFiles = sessions.some((session) => session.clientFiles);
    beginForget(database, ids, { at: now, clientFiles });
    overwriteDeleted(database);
    const events = eventsOf(database, ids, isMention);
    const captured = ids.flatMap((id) => listCaptured(folder.throttle, id));
    inTransaction(database, () =>
      addTombstones(database, [...events, ...captured], 'expired', now),
    );
    const files = forgetFiles(folder, gone);
    let lines = dropLines(folder, database, (line) => isMention(line) && isLineOf(line, gone));
    for (const name of OWN_LOGS) lines += dropLinesOfLog(`${folder.log}/${name}`, isMention);
    const client = sessions.map((session) => clientFilesOf(session, session.clientFiles));
    const earlier = earlierStores(folder).reduce((sum, path) => sum + eraseEarlier(path, ids), 0);
    const rows = forgetRows(database, gone, events);
    if (isResumed)
      rewriteStores(folder); // what the earlier run deleted may be in the log
    else vacuumAll(database);
    return {
      ...{ rows: rows + earlier, files, lines },
      clientFiles: client.reduce((sum, { deleted }) => sum + deleted, 0),
      clientFilesLeft: client.flatMap(({ left }) => left),
    };
  });
}

/** Writes store and search index anew. */
function rewriteStores(folder: StateFolder, paths = [folder.store, folder.search]): void {
  for (const path of paths.filter((one) => existsSync(one))) {
    const database = sqliteDriver()(path);
    try {
      rewriteStore(database);
    } finally {
      database.close();
    }
  }
}

/** Our own logs, which are not written from events. */
const OWN_LOGS = ['worker.log', 'worker.log.1', 'hook-errors.log', 'hook-errors.log.1'];

/** Whether a line that names a session is of one that goes, or of none. */
function isLineOf(line: string, gone: ReadonlySet<string>): boolean {
  const session = stringField(objectField(parseJsonObject(line) ?? {}, 'payload'), 'session_id');
  return session === undefined || gone.has(session);
}

function earlierStores({ root }: StateFolder): readonly string[] {
  return listFilesBelow(root, '')
    .map(({ path }) => path)
    .filter((path) => /^waymark\.db\.before-\d+$/.test(path))
    .map((path) => `${root}/${path}`);
}

/** What a store from before holds, if it can be read; else the look at the end names the file. */
function eraseEarlier(path: string, ids: readonly string[]): number {
  try {
    const database = sqliteDriver()(path);
    try {
      return eraseFromEarlierStore(database, ids);
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

/**
 * Earlier deletions may have left words between rows: rewrite the database before the second
 * search.
 */
function findRemainingTraces(folder: StateFolder, ids: readonly string[]): readonly Trace[] {
  const left = findTraces(folder, ids);
  const named = [folder.store, folder.search].filter((database) =>
    left.some(({ path }) => path.startsWith(database)),
  );
  if (named.length === 0) return left;
  rewriteStores(folder, named);
  return findTraces(folder, ids);
}

function clientFilesOf(
  { id, transcriptPath }: SessionToForget,
  isWanted: boolean,
): { readonly deleted: number; readonly left: readonly string[] } {
  const footprint = transcriptPath === null ? undefined : listFootprint(transcriptPath, id);
  if (transcriptPath === null || footprint === undefined) return { deleted: 0, left: [] };
  const paths = footprint.paths.map((path) => `${footprint.base}/${path}`);
  if (!isWanted) return { deleted: 0, left: paths };
  for (const path of paths) removeQuietly(path);
  for (const path of listFootprintFolders(transcriptPath, id)) removeFolder(path);
  const left = paths.filter((path) => existsSync(path));
  return { deleted: paths.length - left.length, left };
}

function removeFolder(path: string): void {
  // never what a link leads to
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  rmSync(path, { recursive: true, force: true });
}
