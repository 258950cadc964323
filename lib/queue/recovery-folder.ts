import { unlinkSync } from 'node:fs';
import type { EventEnvelope } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { isOwnFolder, isTaken, makeOwnFolder } from '../core/own-folder.ts';
import { isAbsolute, type RecoveryPlaces } from '../core/state-folder.ts';
import { readEntry } from './claimed-entry.ts';
import { formatEntryName, parseEntryName } from './entry-name.ts';
import { listNames } from './pending-scan.ts';
import type { QueueFolder } from './queue-folder.ts';
import { writeEntry } from './write-entry.ts';

/** A name that another user took first has been seen once; ten are out of reach of an accident. */
const TRIES = 10;

/**
 * Keeps an event that the queue could not take, on another file system.
 * @returns where it is now; `undefined` when no such folder is ours alone and can be written.
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
      // this file system refuses, too: try the next
    }
  }
  return undefined;
}

/** A folder of this state folder's own, outside of it; made if it is missing. `undefined` when there can be none. */
export function recoveryFolder(places: RecoveryPlaces): string | undefined {
  for (const shared of places.shared) {
    const folder = makeRecoveryFolder(places, shared);
    if (folder !== undefined) return folder;
  }
  return undefined;
}

/** Existing folders that may hold entries of this state folder, and are ours alone. */
export function recoveryFolders(places: RecoveryPlaces): readonly string[] {
  const users = userFolders(places).filter(isOwnFolder);
  const folders = users.flatMap((user) => places.names.map((name) => `${user}/${name}`));
  return [...folders, ...earlierFolders(places)].filter(isOwnFolder);
}

/** What has the name of a recovery folder and is not used, because another user made it, or it is open to others, or a link. */
export function foreignRecovery(places: RecoveryPlaces): readonly string[] {
  return [...userFolders(places), ...earlierFolders(places)].filter(
    (path) => isTaken(path) && !isOwnFolder(path),
  );
}

/** Paths at which entries are expected. For messages and for comparing times; they may be missing or foreign. */
export function recoveryPaths(places: RecoveryPlaces): readonly string[] {
  const { shared, user, names } = places;
  return [
    ...shared.map((place) => `${place}/${user}/${names[0] ?? ''}`),
    ...earlierFolders(places),
  ];
}

/** Where earlier versions kept entries, each folder for one state folder. They are only read. */
export function earlierFolders({ names, environment }: RecoveryPlaces): readonly string[] {
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
  const user = userNames(places, shared).find(makeOwnFolder);
  const folder = `${user}/${places.names[0] ?? ''}`;
  return user !== undefined && makeOwnFolder(folder) ? folder : undefined;
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

/** Names of the entries kept in a recovery folder, in our own form. */
export function listRecovery(places: RecoveryPlaces): readonly string[] {
  return recoveryFolders(places).flatMap(keptIn);
}

function keptIn(folder: string): readonly string[] {
  return listNames(folder)
    .filter((file) => file.endsWith('.kept'))
    .map((file) => file.slice(0, -'.kept'.length))
    .filter((name) => parseEntryName(name) !== undefined);
}

/**
 * Moves everything kept into the queue. A death between copy and unlink repeats an entry under its own id, which the store takes once;
 * the draft of a worker that died blocks no other, and does not count as an entry whose maker died.
 * @returns how many entries were moved; stops at the first that the queue still refuses, and leaves what is larger than `sizeCap` where it is.
 */
export function drainRecovery(places: RecoveryPlaces, queue: QueueFolder, sizeCap: number): number {
  let moved = 0;
  for (const folder of recoveryFolders(places)) {
    for (const name of keptIn(folder)) {
      const file = `${folder}/${name}.kept`;
      const priority = parseEntryName(name)?.priority ?? 5;
      const content = readKept(file, sizeCap);
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
        if (!isOneEntrysFault(error)) return moved; // the queue's disk is still ill
      }
    }
  }
  return moved;
}

/** `undefined` for one that cannot be read, or that another worker was first to take: no reason to keep the others waiting. */
function readKept(file: string, sizeCap: number): string | undefined {
  try {
    return readEntry(file, sizeCap);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}

/** Another worker drains too: it has moved this one already, or had this pid and died. */
function isOneEntrysFault(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EEXIST';
}
