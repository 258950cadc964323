import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { appendToFile, removeQuietly, writeAnew } from '../core/files.ts';
import { errnoOf } from '../core/errors.ts';

/**
 * The throttle of one session, in files, so that fifty hooks at once agree without a lock: `ops`
 * (one byte per operation; its mtime is now), `due` (its mtime is the time of the next checkpoint),
 * `since` (start of the interval), `won-*` (who may make the checkpoint).
 */
export interface SessionFolder {
  readonly path: string;
}

/** How long a winner may take before another one replaces it, by the file system's clock. */
const WINNER_TIME_MS = 5_000;

/**
 * How many winners of one interval may crash. After that, the next event that is never throttled
 * makes the checkpoint.
 */
const MAX_WINNERS = 9;

/**
 * `since` is set this much earlier. A shell, as in the gate, may compare whole seconds, and must
 * not take the same second for a clock that stepped back.
 */
const LAG_MS = 1_000;

export function sessionFolder(throttleRoot: string, sessionId: string): SessionFolder {
  return { path: `${throttleRoot}/${sessionId}` };
}

/**
 * Counts one operation with one append.
 * @throws the errno if the state folder cannot be written.
 */
export function countOperation(folder: SessionFolder): void {
  appendToSession(folder, 'ops', '.');
}

/**
 * Appends to a file in the session's folder. Creates the folder if missing.
 * @throws the errno of the append.
 */
export function appendToSession(folder: SessionFolder, file: string, text: string): void {
  try {
    appendToFile(`${folder.path}/${file}`, text);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    appendToFile(`${folder.path}/${file}`, text);
  }
}

/** Returns how many operations were counted. */
export function operationCount(folder: SessionFolder): number {
  try {
    return statSync(`${folder.path}/ops`).size;
  } catch {
    return 0; // Nothing was counted yet.
  }
}

/** When the last operation was counted, in milliseconds since the epoch. */
export function lastOperationAt(folder: SessionFolder): number | undefined {
  try {
    return mtimeOf(`${folder.path}/ops`);
  } catch {
    return undefined; // the disk does not answer
  }
}

/**
 * Whether this process may make the checkpoint of this interval; true for at most one of any number
 * of callers. Call it after {@link countOperation}: its time is the mtime of `ops`, so only the
 * file system's clock counts.
 * @throws the errno if the session's folder cannot be read or written.
 */
export function winInterval(folder: SessionFolder, intervalMs: number): boolean {
  if (intervalMs === 0) return true;
  const now = mtimeOf(`${folder.path}/ops`);
  if (now === undefined) return false;
  const due = mtimeOf(`${folder.path}/due`) ?? 0;
  if (isThrottled(folder, { now, due, intervalMs })) return false;
  if (!claimInterval(folder, due)) return false;
  // Another hook finished in between.
  if ((mtimeOf(`${folder.path}/due`) ?? 0) !== due) return false;
  setTime(`${folder.path}/since`, now - LAG_MS);
  setTime(`${folder.path}/due`, now + intervalMs);
  sweepLeftovers(folder, due);
  return true;
}

/**
 * Whether calls are throttled: `due` is after `ops`, and `since` is before it. A clock that stepped
 * back makes `since` later and ends the throttling. So does a shorter interval. The gate compares
 * the same files and comes to the same result.
 */
function isThrottled(
  folder: SessionFolder,
  {
    now,
    due,
    intervalMs,
  }: { readonly now: number; readonly due: number; readonly intervalMs: number },
): boolean {
  if (due <= now) return false;
  const since = mtimeOf(`${folder.path}/since`);
  return since !== undefined && since < now && now - since < intervalMs + 2 * LAG_MS;
}

function claimInterval(folder: SessionFolder, due: number): boolean {
  let mark = `${folder.path}/won-${Math.floor(due)}`;
  for (let rank = 1; rank <= MAX_WINNERS; rank += 1) {
    if (createExclusive(mark)) return true;
    const wonAt = mtimeOf(mark);
    // Read again: a winner counts before it marks, so a mark far ahead means that the clock stepped
    // back.
    const now = mtimeOf(`${folder.path}/ops`);
    if (wonAt === undefined || now === undefined || Math.abs(now - wonAt) <= WINNER_TIME_MS)
      return false;
    // That winner crashed: it never moved `due`.
    mark = `${folder.path}/won-${Math.floor(due)}.${rank}`;
  }
  return false;
}

/**
 * Deletes marks of older intervals and drafts of crashed winners. Never throws: a failed cleanup
 * must not cost the checkpoint.
 */
function sweepLeftovers(folder: SessionFolder, due: number): void {
  try {
    for (const file of readdirSync(folder.path))
      if (isLeftover(file, due)) removeQuietly(`${folder.path}/${file}`);
  } catch {
    // The next winner deletes them.
  }
}

function isLeftover(file: string, due: number): boolean {
  if (file.startsWith('won-'))
    return Number.parseInt(file.slice('won-'.length), 10) < Math.floor(due);
  return file.startsWith('due.') || file.startsWith('since.');
}

/**
 * Creates `path` only if it does not exist.
 * @returns whether this call created it.
 * @throws any errno but EEXIST.
 */
export function createExclusive(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Sets the mtime of a file. A new file appears with that time already set, so that nobody reads its
 * creation time instead.
 */
function setTime(path: string, timeMs: number): void {
  try {
    utimesSync(path, timeMs / 1000, timeMs / 1000);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeWithTime(path, timeMs);
  }
}

function makeWithTime(path: string, timeMs: number): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeAnew(draft, '');
    utimesSync(draft, timeMs / 1000, timeMs / 1000);
    renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
}

function mtimeOf(path: string): number | undefined {
  // Throws all other errors: a disk that does not answer must not look like a throttled call.
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
