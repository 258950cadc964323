import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { removeQuietly } from '../core/files.ts';
import { errnoOf } from '../core/errors.ts';

/**
 * The throttle of one session, in files so that fifty hooks at once agree without a lock:
 * `ops` (one byte per operation; its mtime is now), `due` (its mtime is when the next checkpoint may be), `since` (when the
 * interval began), `won-*` (who may make the checkpoint).
 */
export interface SessionFolder {
  readonly path: string;
}

/** How long a winner may take before another takes its place, by the file system's clock. */
const WINNER_TIME_MS = 5_000;

/** How many winners of one interval may die before its checkpoint is left to the next event that is never throttled. */
const MOST_WINNERS = 9;

/**
 * `since` is set this much earlier than it is: a shell that compares whole seconds, as the gate's may, must not think in the
 * same second that the clock stepped back.
 */
const LAG_MS = 1_000;

export function sessionFolder(throttleRoot: string, sessionId: string): SessionFolder {
  return { path: `${throttleRoot}/${sessionId}` };
}

/** Counts one operation with one append. @throws the errno when the state folder cannot be written. */
export function countOperation(folder: SessionFolder): void {
  appendIn(folder, 'ops', '.');
}

/** Appends to a file of the session's folder, making the folder if needed. @throws the errno of the append. */
export function appendIn(folder: SessionFolder, file: string, text: string): void {
  try {
    append(`${folder.path}/${file}`, text);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    append(`${folder.path}/${file}`, text);
  }
}

/** Without waiting for a reader, should the file be a pipe. */
function append(path: string, text: string): void {
  const fd = openSync(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK,
    0o600,
  );
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** How many operations were counted so far. */
export function operationCount(folder: SessionFolder): number {
  try {
    return statSync(`${folder.path}/ops`).size;
  } catch {
    return 0; // nothing was counted yet
  }
}

/**
 * Whether this process may make the checkpoint of this interval; at most one of any number of callers may. Call it after
 * {@link countOperation}: the time is the mtime of `ops`, so only the file system's clock counts.
 * @throws the errno when the session's folder cannot be read or written.
 */
export function winInterval(folder: SessionFolder, intervalMs: number): boolean {
  if (intervalMs === 0) return true;
  const now = mtimeOf(`${folder.path}/ops`);
  if (now === undefined) return false;
  const due = mtimeOf(`${folder.path}/due`) ?? 0;
  if (isThrottled(folder, { now, due, intervalMs })) return false;
  if (!claimInterval(folder, due)) return false;
  if ((mtimeOf(`${folder.path}/due`) ?? 0) !== due) return false; // another hook finished in between
  setTime(`${folder.path}/since`, now - LAG_MS);
  setTime(`${folder.path}/due`, now + intervalMs);
  sweepLeftovers(folder, due);
  return true;
}

/**
 * `due` is ahead of `ops`, and `since` is behind: a clock that stepped back shows in `since` and ends the silence. So does an
 * interval that was made shorter. The gate compares the same files; what it throttles is throttled here.
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
  for (let rank = 1; rank <= MOST_WINNERS; rank += 1) {
    if (createNew(mark)) return true;
    const wonAt = mtimeOf(mark);
    const now = mtimeOf(`${folder.path}/ops`); // read again: the winner counted before it marked, so a mark far ahead is of a clock that stepped back
    if (wonAt === undefined || now === undefined || Math.abs(now - wonAt) <= WINNER_TIME_MS)
      return false;
    mark = `${folder.path}/won-${Math.floor(due)}.${rank}`; // that winner is dead: it never moved `due`
  }
  return false;
}

/** Marks of older intervals, and drafts of winners that died. Never throws: tidiness must not cost the checkpoint that was won. */
function sweepLeftovers(folder: SessionFolder, due: number): void {
  try {
    for (const file of readdirSync(folder.path))
      if (isLeftover(file, due)) removeQuietly(`${folder.path}/${file}`);
  } catch {
    // the next winner sweeps
  }
}

function isLeftover(file: string, due: number): boolean {
  if (file.startsWith('won-'))
    return Number.parseInt(file.slice('won-'.length), 10) < Math.floor(due);
  return file.startsWith('due.') || file.startsWith('since.');
}

/** Creates `path` only if it does not exist. @returns whether this call created it. @throws any errno but EEXIST. */
export function createNew(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Sets the mtime of a file. One that is new appears with that time: in between, others would take the time of its making for it. */
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
    closeSync(openSync(draft, 'w', 0o600));
    utimesSync(draft, timeMs / 1000, timeMs / 1000);
    renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
}

function mtimeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs; // throws all else: a disk that does not answer must not look like a throttled call
}
