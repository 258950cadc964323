import { unlinkSync } from 'node:fs';
import type { EventEnvelope } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { isPrivateFolder, isPathTaken, ensurePrivateFolder } from '../core/private-folder.ts';
import { isAbsolute, type RecoveryPlaces } from '../core/state-folder.ts';
import { readEntry } from './claimed-entry.ts';
import { formatEntryName, parseEntryName } from './entry-name.ts';
import { listNames } from './pending-scan.ts';
import type { QueueFolder } from './queue-folder.ts';
import { writeEntry } from './write-entry.ts';

/**
 * How many names to try. That another user took one name first has been seen once; ten cannot be an
 * accident.
 */
const TRIES = 10;

/**
 * Writes an event that the queue could not take to another file system.
 * @returns where it is now; `undefined` if no such folder is private to us and writable.
 */
export function writeToRecovery(
  places: RecoveryPlaces,
  event: EventEnvelope,
  stamp: EventStamp,
  priority: number,
): string | undefined {
  const name = `${formatEntryName({ ...stamp, priority, attempts: 0 })}.kept`;
  for (const shared of places.shared) {
    const folder = makeRecoveryFolder(places, shared);
    if (folder === undefined) continue;
    try {
      writeEntry(`${folder}/tmp`, folder, name, JSON.stringify(event), { durability: 'none' });
      return folder;
    } catch {
      // This file system refuses as well: try the next.
    }
  }
  return undefined;
}

/**
 * Returns the recovery folder of this state folder, which is outside of it. Creates it if missing.
 * `undefined` if none can exist.
 */
export function ensureRecoveryFolder(places: RecoveryPlaces): string | undefined {
  for (const shared of places.shared) {
    const folder = makeRecoveryFolder(places, shared);
    if (folder !== undefined) return folder;
  }
  return undefined;
}

/** Lists existing folders that may contain entries of this state folder and are private to us. */
export function listRecoveryFolders(places: RecoveryPlaces): readonly string[] {
  const users = userFolders(places).filter(isPrivateFolder);
  const folders = users.flatMap((user) => places.names.map((name) => `${user}/${name}`));
  return [...folders, ...listEarlierFolders(places)].filter(isPrivateFolder);
}

/**
 * Lists paths with the name of a recovery folder that are not used: created by another user, open
 * to others, or a link.
 */
export function listForeignRecovery(places: RecoveryPlaces): readonly string[] {
  return [...userFolders(places), ...listEarlierFolders(places)].filter(
    (path) => isPathTaken(path) && !isPrivateFolder(path),
  );
}

/**
 * Lists all paths at which entries may be. For messages and for comparing times: they may be
 * missing or foreign.
 */
export function listRecoveryPaths(places: RecoveryPlaces): readonly string[] {
  const { shared, user, names } = places;
  return [
    ...shared.map((place) => `${place}/${user}/${names[0] ?? ''}`),
    ...listEarlierFolders(places),
  ];
}

/** Lists the folders of earlier versions, one per state folder. They are read and never written. */
export function listEarlierFolders({ names, environment }: RecoveryPlaces): readonly string[] {
  const { XDG_RUNTIME_DIR, TMPDIR, TEMP } = environment;
  const runtime = `/run/user/${process.getuid?.() ?? ''}`;
  const places = [XDG_RUNTIME_DIR, TMPDIR, TEMP, '/tmp', runtime].flatMap((place) =>
    place !== undefined && isAbsolute(place) ? place.replace(/(?<=.)\/+$/, '') : [],
  );
  return [...new Set(places)].flatMap((place) =>
    names.map((name) => `${place}/waymark-recovery-${name}`),
  );
}

function makeRecoveryFolder(places: RecoveryPlaces, shared: string): string | undefined {
  const user = userNames(places, shared).find(ensurePrivateFolder);
  const folder = `${user}/${places.names[0] ?? ''}`;
  return user !== undefined && ensurePrivateFolder(folder) ? folder : undefined;
}

function userFolders(places: RecoveryPlaces): readonly string[] {
  return places.shared.flatMap((shared) => userNames(places, shared));
}

function userNames({ user }: RecoveryPlaces, shared: string): readonly string[] {
  return Array.from(
    { length: TRIES },
    (_, index) => `${shared}/${user}${index === 0 ? '' : `-${index}`}`,
  );
}

/** Lists the names of the entries in the recovery folders. */
export function listRecovery(places: RecoveryPlaces): readonly string[] {
  return listRecoveryFolders(places).flatMap(keptIn);
}

function keptIn(folder: string): readonly string[] {
  return listNames(folder)
    .filter((file) => file.endsWith('.kept'))
    .map((file) => file.slice(0, -'.kept'.length))
    .filter((name) => parseEntryName(name) !== undefined);
}

/**
 * Moves the entries of the recovery folders into the queue. A crash between copy and delete repeats
 * an entry under its own id, which the store accepts once. A leftover draft blocks no other worker,
 * and does not count as an entry of a crashed maker.
 * @returns how many entries were moved. Stops at the first that the queue still refuses; leaves
 * entries larger than `sizeCap` in place.
 */
export function drainRecovery(places: RecoveryPlaces, queue: QueueFolder, sizeCap: number): number {
  let moved = 0;
  for (const folder of listRecoveryFolders(places)) {
    for (const name of keptIn(folder)) {
      const file = `${folder}/${name}.kept`;
      const priority = parseEntryName(name)?.priority ?? 5;
      const content = readRecoveryEntry(file, sizeCap);
      if (content === undefined) continue;
      try {
        writeEntry(queue.tmp, `${queue.pending}/${priority}`, name, content, {
          durability: 'none',
          draft: `${name}.${process.pid}`,
        });
        unlinkSync(file);
        moved += 1;
      } catch (error) {
        if (errnoOf(error) === '') throw error;
        if (!isEntryFault(error)) return moved; // The disk of the queue still fails.
      }
    }
  }
  return moved;
}

/**
 * Reads a kept entry. Returns `undefined` if it is unreadable or another worker took it first: the
 * others need not wait for it.
 */
function readRecoveryEntry(file: string, sizeCap: number): string | undefined {
  try {
    return readEntry(file, sizeCap);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}

/**
 * Whether a failure concerns this entry only: another worker that drains too moved it already, or
 * had this pid and crashed.
 */
function isEntryFault(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EEXIST';
}
