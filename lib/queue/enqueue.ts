import { readdirSync, statSync } from 'node:fs';
import type { EventEnvelope } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { formatEntryName } from './entry-name.ts';
import type { QueueFolder } from './queue-folder.ts';
import { type Durability, writeEntry } from './write-entry.ts';

export interface EnqueueOptions {
  readonly durability: Durability;
  /** Number of entries in one priority folder at which new ones are refused. */
  readonly queueCap: number;
  /** Size of the largest entry, in bytes of UTF-8. */
  readonly entryCap: number;
  /** Records the id when its temporary file exists and no other process can see the entry yet. */
  readonly onCreated?: () => void;
}

/**
 * ext4, XFS, Btrfs, APFS and tmpfs need more bytes than this per entry, so a small folder needs no
 * counting. Where the size of a folder says less (ZFS, NTFS), the cap applies late or never.
 */
const MIN_BYTES_PER_ENTRY = 20;

/**
 * Makes an event durable in the queue: after it returns, no crash of any process loses the event.
 * @returns the name of the entry in `pending/<priority>/`.
 * @throws {@link WaymarkError} ENTRY_TOO_LARGE, QUEUE_FULL, or QUEUE_WRITE_FAILED with the errno in
 * its message; leaves nothing behind then.
 */
export function enqueue(
  queue: QueueFolder,
  event: EventEnvelope,
  stamp: EventStamp,
  priority: number,
  options: EnqueueOptions,
): string {
  const content = JSON.stringify(event);
  const size = Buffer.byteLength(content);
  if (size > options.entryCap)
    throw new WaymarkError(
      'ENTRY_TOO_LARGE',
      `Cannot enqueue ${event.event_type}: it has ${size} bytes, the cap is ${options.entryCap}`,
    );
  const folder = `${queue.pending}/${priority}`;
  if (isFull(folder, options.queueCap))
    throw new WaymarkError(
      'QUEUE_FULL',
      `Cannot enqueue ${event.event_type}: ${folder} holds ${options.queueCap} entries or more`,
    );
  const name = formatEntryName({ ...stamp, priority, attempts: 0 });
  try {
    writeEntry(queue.tmp, folder, name, content, {
      durability: options.durability,
      ...(options.onCreated === undefined ? {} : { onCreated: options.onCreated }),
    });
  } catch (error) {
    throw new WaymarkError(
      'QUEUE_WRITE_FAILED',
      `Cannot write to ${folder}: ${errnoOf(error) || String(error)}`,
      { cause: error },
    );
  }
  return name;
}

function isFull(folder: string, cap: number): boolean {
  try {
    if (statSync(folder).size < cap * MIN_BYTES_PER_ENTRY) return false;
    return readdirSync(folder).length >= cap;
  } catch {
    return false; // Missing or unreadable: the write reports the cause.
  }
}
