import { parseDelayedName, parseEntryName, type EntryName } from './entry-name.ts';
import { listNames, scanForeign } from './pending-scan.ts';
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
  const names = pendingNames(queue);
  const oldestAt = names.reduce<number | undefined>((least, name) => (least === undefined || name.time < least ? name.time : least), undefined);
  return {
    pending: names.length + scanForeign(queue).length,
    delayed: listNames(queue.delayed).length,
    processing: processingNames(queue).length,
    dead: deadNames(queue).length,
    ...(oldestAt === undefined ? {} : { oldestAt }),
  };
}

/** The random parts of every entry that still waits or is being worked on. */
export function queuedRandoms(queue: QueueFolder): ReadonlySet<string> {
  const delayed = listNames(queue.delayed).flatMap((file) => parseDelayedName(file)?.name ?? []);
  return new Set([...pendingNames(queue), ...delayed, ...processingNames(queue)].map((name) => name.random));
}

/** Names of dead entries (their `.reason` files left out; foreign files that kept their name included). */
export function deadNames(queue: QueueFolder): readonly string[] {
  return listNames(queue.dead).filter((file) => !file.endsWith('.reason'));
}

function pendingNames(queue: QueueFolder): EntryName[] {
  return PRIORITIES.flatMap((priority) => listNames(`${queue.pending}/${priority}`).flatMap((file) => parseEntryName(file) ?? []));
}

function processingNames(queue: QueueFolder): EntryName[] {
  return listNames(queue.processing).flatMap((worker) => listNames(`${queue.processing}/${worker}`).flatMap((file) => parseEntryName(file) ?? []));
}
