import { lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, reasonOf, WaymarkError } from './errors.ts';

/** A lock that was not renewed for this long counts as abandoned. */
const STALE_MS = 10_000;

/** What {@link withLock} passes to the work: the folders that it created, outermost first. */
export interface Locked {
  readonly madeFolders: readonly string[];
}

/**
 * Runs `work` while it holds the lock beside `file` (`<file>.lock`, as other programs do). Creates
 * missing folders, and removes them again if the work fails.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE if the lock cannot be taken; whatever `work`
 * throws.
 */
export async function withLock<T>(
  file: string,
  retries: number,
  work: (locked: Locked) => T,
  pause: Pause = sleep,
): Promise<T> {
  const madeFolders = makeFolders(file);
  try {
    const release = await acquire(file, retries, pause);
    try {
      return work({ madeFolders });
    } finally {
      // Compromised: the file is already written, and a stale lock expires.
      await release().catch(() => undefined);
    }
  } catch (error) {
    removeEmptyFolders(madeFolders);
    throw error;
  }
}

/** Waits for so many milliseconds. */
type Pause = (ms: number) => Promise<unknown>;

/** Removes these folders if they are empty, innermost first. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      if (readdirSync(folder).length > 0) return;
      rmdirSync(folder);
    } catch {
      return; // Missing, not empty, or not ours.
    }
  }
}

function makeFolders(file: string): readonly string[] {
  const folder = dirname(file);
  try {
    const outermost = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (outermost === undefined) return [];
    const made = [folder];
    for (let step = folder; step !== outermost && step !== dirname(step); step = dirname(step))
      made.unshift(dirname(step));
    return made;
  } catch (error) {
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot create ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Milliseconds between two tries. */
const TRIES = { minTimeout: 50, maxTimeout: 500 };

async function acquire(file: string, retries: number, pause: Pause): Promise<Release> {
  try {
    // Only a pause of 10 s within a few system calls could compromise the lock, and the rename that
    // follows is atomic either way.
    return await takeLock(file, { stale: STALE_MS, retries: { ...TRIES, retries } }, pause);
  } catch (error) {
    const reason =
      errnoOf(error) === 'ELOCKED' ? `another program holds ${file}.lock` : reasonOf(error);
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot lock ${file}: ${reason}`, {
      cause: error,
    });
  }
}

type Release = () => Promise<void>;

/** A lock that is held for longer than one step. */
export interface HeldLock {
  readonly release: Release;
}

/** As {@link STALE_MS}, for a lock that is held for longer. No step blocks for longer. */
const HELD_STALE_MS = 20_000;

const HELD_RETRY_MS = 200;

/**
 * Takes the lock beside `file`, whose folder must exist, and keeps it until it is released.
 * @param patienceMs How long to wait for another process.
 * @returns `undefined` if another process holds it all that time.
 * @throws the errno of a disk that refuses.
 */
export async function holdLock(
  file: string,
  patienceMs: number,
  pause: Pause = sleep,
): Promise<HeldLock | undefined> {
  // the package would try again whatever the reason, also where the disk refuses
  for (let left = Math.ceil(patienceMs / HELD_RETRY_MS); ; left -= 1) {
    try {
      const release = await takeLock(file, { stale: HELD_STALE_MS, retries: 0 }, pause);
      return { release: () => release().catch(() => undefined) };
    } catch (error) {
      if (errnoOf(error) !== 'ELOCKED') throw error;
      if (left <= 0) return undefined;
      await pause(HELD_RETRY_MS);
    }
  }
}

interface LockTimes {
  /** After so many milliseconds without a renewal the lock counts as abandoned. */
  readonly stale: number;
  readonly retries: number | (typeof TRIES & { readonly retries: number });
}

async function takeLock(file: string, times: LockTimes, pause: Pause): Promise<Release> {
  // Loaded on demand: most commands that could change a file only read it.
  const { lock } = await import('proper-lockfile');
  const take = (): Promise<Release> =>
    lock(file, { realpath: false, ...times, onCompromised: () => undefined });
  try {
    return await take();
  } catch (error) {
    if (errnoOf(error) !== 'ELOCKED' || !(await isLeftAhead(`${file}.lock`, times.stale, pause)))
      throw error;
    rmdirSync(`${file}.lock`);
    return await take();
  }
}

/**
 * Whether a lock was left behind with a time that is yet to come: the clock was set back since. It
 * would not expire before that time. Who holds a lock renews it before it is stale.
 */
async function isLeftAhead(path: string, stale: number, pause: Pause): Promise<boolean> {
  const time = (): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const before = time();
  if (before === undefined || before <= Date.now() + stale) return false;
  await pause(stale);
  return time() === before;
}
