import { existsSync, lstatSync, rmSync } from 'node:fs';
import { footprintFolders, footprintOf } from '../claude/transcript/footprint.ts';
import { removeQuietly } from '../core/files.ts';
import { filesBelow } from '../core/file-keeper.ts';
import { parseJsonObject, objectField, stringField } from '../core/json.ts';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { dropLines, dropLinesOfLog } from '../journal/drop-lines.ts';
import { capturedBy } from '../ledger/captured-ids.ts';
import { findTraces, type Trace } from '../retention/find-traces.ts';
import { forgetFiles, forgetRows } from '../retention/forget.ts';
import type { Database } from '../store/database.ts';
import { sqliteDriver } from '../store/driver.ts';
import { takeLead } from '../store/leader-lock.ts';
import { eraseFromEarlier, giveBackAll, overwriteDeleted, rewriteStore } from '../store/erase.ts';
import { eventsOf, removeEvents } from '../store/apply-events.ts';
import { rememberForgotten } from '../store/forgotten.ts';
import { openStore } from '../store/open-store.ts';
import { addTombstones } from '../store/tombstones.ts';
import { inTransaction } from '../store/transaction.ts';
import type { Acting } from './acting.ts';
import { wakeWorker } from './background-worker.ts';
import { stopWorkers } from './stop-workers.ts';

/** A session that goes. */
export interface SessionToForget {
  readonly id: string;
  /** Where the client has its transcript; `null`: not known. */
  readonly transcriptPath: string | null;
}

/** What went, and what is left. */
export interface Forgotten {
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
 * Deletes every trace of sessions, and remembers that they must not come back. Workers are stopped meanwhile, since files are written anew to which they
 * append; a worker is started again afterwards. Looks at the end whether anything is left.
 * @throws {@link WaymarkError} LEADER_PRESENT when a worker does not stop, STORE_UNAVAILABLE.
 */
export async function forgetSessions(
  acting: Acting,
  sessions: readonly SessionToForget[],
  { clientFiles }: { readonly clientFiles: boolean },
): Promise<Forgotten> {
  const { folder } = acting;
  const ids = sessions.map(({ id }) => id);
  const { hadWorker, release } = await takeTheLead(acting);
  try {
    const { rows, files, lines } = eraseAll(folder, ids, acting.clock());
    const client = sessions.map((session) => clientFilesOf(session, clientFiles));
    return {
      rows,
      files,
      lines,
      clientFiles: client.reduce((sum, { deleted }) => sum + deleted, 0),
      clientFilesLeft: client.flatMap(({ left }) => left),
      left: lookAgain(folder, ids),
    };
  } finally {
    release();
    if (hadWorker) wakeWorker(acting);
  }
}

const ATTEMPTS = 5;

/** Stops every worker, and holds what the leading one holds: a worker that a hook starts meanwhile ends at once. */
async function takeTheLead(
  acting: Acting,
): Promise<{ readonly hadWorker: boolean; readonly release: () => void }> {
  let hadWorker = false;
  for (let attempt = 1; ; attempt += 1) {
    const { stopped, silent } = await stopWorkers(acting);
    hadWorker ||= stopped.length > 0;
    const release = silent.length === 0 ? lockLead(acting.folder) : undefined;
    if (release !== undefined) return { hadWorker, release };
    if (attempt < ATTEMPTS) continue;
    const name = silent[0]?.id ?? 'another one';
    throw new WaymarkError(
      'LEADER_PRESENT',
      `Cannot forget sessions: worker ${name} does not stop`,
      {
        remedy: 'Run `waymark worker stop`, then try again. Nothing was deleted.',
      },
    );
  }
}

function lockLead({ root, leaderLock }: StateFolder): (() => void) | undefined {
  if (!existsSync(root)) return () => undefined;
  const lock = takeLead(leaderLock, sqliteDriver());
  return lock?.release;
}

function eraseAll(
  folder: StateFolder,
  ids: readonly string[],
  now: number,
): Pick<Forgotten, 'rows' | 'files' | 'lines'> {
  const isGone = lineOfSession(new Set(ids));
  const database = openStore(folder.store, sqliteDriver());
  try {
    rememberForgotten(database, ids, now); // first: whatever happens next, nothing of them comes back
    overwriteDeleted(database);
    let [rows, files] = [0, 0];
    for (const id of ids) {
      rows += eraseRows(database, folder, id, now);
      files += forgetFiles(folder, id);
    }
    let lines = dropLines(folder, database, isGone);
    for (const name of OWN_LOGS) lines += dropLinesOfLog(`${folder.log}/${name}`, isMention(ids));
    for (const path of earlierStores(folder)) rows += eraseEarlier(path, ids);
    giveBackAll(database);
    return { rows, files, lines };
  } finally {
    database.close();
  }
}

/** Logs of ours that no event stands behind. */
const OWN_LOGS = ['worker.log', 'worker.log.1', 'hook-errors.log', 'hook-errors.log.1'];

function eraseRows(database: Database, folder: StateFolder, id: string, now: number): number {
  const captured = capturedBy(folder.throttle, id);
  const events = eventsOf(database, id);
  inTransaction(database, () => addTombstones(database, [...events, ...captured], 'expired', now));
  const rows = forgetRows(database, id);
  return rows + inTransaction(database, () => removeEvents(database, events));
}

/** Lines of events of a session, and those of no session that name it. */
function lineOfSession(ids: ReadonlySet<string>): (line: string) => boolean {
  const mentions = isMention([...ids]);
  return (line) => {
    if (!mentions(line)) return false;
    const session = stringField(objectField(parseJsonObject(line) ?? {}, 'payload'), 'session_id');
    return session === undefined || ids.has(session);
  };
}

function isMention(ids: readonly string[]): (line: string) => boolean {
  return (line) => ids.some((id) => line.includes(id));
}

function earlierStores({ root }: StateFolder): readonly string[] {
  return filesBelow(root, '')
    .map(({ path }) => path)
    .filter((path) => /^waymark\.db\.before-\d+$/.test(path))
    .map((path) => `${root}/${path}`);
}

/** What a store from before holds, if it can be read; else the look at the end names the file. */
function eraseEarlier(path: string, ids: readonly string[]): number {
  try {
    const database = sqliteDriver()(path);
    try {
      return eraseFromEarlier(database, ids);
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

/** Earlier deletions may have left words between rows: then the database is written anew before the second look. */
function lookAgain(folder: StateFolder, ids: readonly string[]): readonly Trace[] {
  const left = findTraces(folder, ids);
  const named = [folder.store, folder.search].filter((database) =>
    left.some(({ path }) => path.startsWith(database)),
  );
  if (named.length === 0) return left;
  for (const path of named) {
    const database = sqliteDriver()(path);
    try {
      rewriteStore(database);
    } finally {
      database.close();
    }
  }
  return findTraces(folder, ids);
}

function clientFilesOf(
  { id, transcriptPath }: SessionToForget,
  isWanted: boolean,
): { readonly deleted: number; readonly left: readonly string[] } {
  const footprint = transcriptPath === null ? undefined : footprintOf(transcriptPath, id);
  if (transcriptPath === null || footprint === undefined) return { deleted: 0, left: [] };
  const paths = footprint.paths.map((path) => `${footprint.base}/${path}`);
  if (!isWanted) return { deleted: 0, left: paths };
  for (const path of paths) removeQuietly(path);
  for (const path of footprintFolders(transcriptPath, id)) removeFolder(path);
  const left = paths.filter((path) => existsSync(path));
  return { deleted: paths.length - left.length, left };
}

function removeFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return; // never what a link leads to
  rmSync(path, { recursive: true, force: true });
}
