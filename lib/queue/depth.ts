import { parseDelayedName, parseEntryName, type EntryName } from './entry-name.ts';
import { isFresh, listNames, scanForeign } from './pending-scan.ts';
import { PRIORITIES, type QueueFolder } from './queue-folder.ts';

/** Entries by state, and the age of the oldest that waits. */
export interface QueueDepth {
  readonly pending: number;
  readonly delayed: number;
  readonly processing: number;
  readonly dead: number;
  /** When the oldest pending entry was made, in milliseconds since the epoch. */
  readonly oldestAt?: number;
}

/** Counts by listing the folders: linear in their size (about 1 ms per 1,000 entries). */
export function queueDepth(queue: QueueFolder): QueueDepth {
  const folders = PRIORITIES.map((priority) => ownFiles(`${queue.pending}/${priority}`));
  const oldestAt = least(folders.map(oldestOf));
  return {
    pending: folders.reduce((sum, files) => sum + files.length, scanForeign(queue).length),
    delayed: listNames(queue.delayed).length,
    processing: holdings(queue).reduce((sum, folder) => sum + ownFiles(folder).length, 0),
    dead: deadNames(queue).length,
    ...(oldestAt === undefined ? {} : { oldestAt }),
  };
}

/** The random parts of every entry that still waits or is being worked on. */
export function queuedRandoms(queue: QueueFolder): ReadonlySet<string> {
  const delayed = listNames(queue.delayed).flatMap((file) => parseDelayedName(file)?.name ?? []);
  return new Set(
    [...pendingNames(queue), ...delayed, ...processingNames(queue)].map((name) => name.random),
  );
}

/** Names of dead entries (their `.reason` files left out; foreign files that kept their name included). */
export function deadNames(queue: QueueFolder): readonly string[] {
  return listNames(queue.dead).filter((file) => !file.endsWith('.reason'));
}

function pendingNames(queue: QueueFolder): EntryName[] {
  return PRIORITIES.flatMap((priority) =>
    listNames(`${queue.pending}/${priority}`).flatMap((file) => parseEntryName(file) ?? []),
  );
}

function processingNames(queue: QueueFolder): EntryName[] {
  return holdings(queue).flatMap((folder) =>
    listNames(folder).flatMap((file) => parseEntryName(file) ?? []),
  );
}

function holdings(queue: QueueFolder): string[] {
  return listNames(queue.processing).map((worker) => `${queue.processing}/${worker}`);
}

/** The names of our form in a folder. A worker counts them while it should work, so they are not taken apart. */
function ownFiles(folder: string): string[] {
  return listNames(folder).filter((file) => isFresh(file) || parseEntryName(file) !== undefined);
}

/** When the oldest of these was made. */
function oldestOf(files: readonly string[]): number | undefined {
  let oldest: number | undefined;
  for (const file of files) {
    const time = Number(file.slice(2, 15));
    if (oldest === undefined || time < oldest) oldest = time;
  }
  return oldest;
}

function least(times: ReadonlyArray<number | undefined>): number | undefined {
  return times.reduce(
    (first, time) => (first === undefined || (time !== undefined && time < first) ? time : first),
    undefined,
  );
}
