import { mkdirSync, unlinkSync } from 'node:fs';
import type { EventEnvelope } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { isPrivateFolder } from '../core/state-folder.ts';
import { readEntry } from './claimed-entry.ts';
import { formatEntryName, parseEntryName } from './entry-name.ts';
import { listNames } from './pending-scan.ts';
import type { QueueFolder } from './queue-folder.ts';
import { writeEntry } from './write-entry.ts';

/**
 * Keeps an event that the queue could not take, on another file system.
 * @returns whether it is safe there; `false` when that folder is not ours alone or cannot be written either.
 */
export function writeToRecovery(
  recovery: string,
  event: EventEnvelope,
  stamp: EventStamp,
  priority: number,
): boolean {
  try {
    mkdirSync(recovery, { recursive: true, mode: 0o700 });
    if (!isPrivateFolder(recovery)) return false; // another user made it first, in a shared /tmp
    writeEntry(
      `${recovery}/tmp`,
      recovery,
      `${formatEntryName({ ...stamp, priority, attempts: 0 })}.kept`,
      JSON.stringify(event),
      { durability: 'none' },
    );
    return true;
  } catch {
    return false; // both file systems refuse
  }
}

/** Names of the entries kept in the recovery folder, in our own form. */
export function listRecovery(recovery: string): readonly string[] {
  if (!isPrivateFolder(recovery)) return [];
  return listNames(recovery)
    .filter((file) => file.endsWith('.kept'))
    .map((file) => file.slice(0, -'.kept'.length))
    .filter((name) => parseEntryName(name) !== undefined);
}

/**
 * Moves everything kept into the queue. A death between copy and unlink repeats an entry under its own id, which the store takes once;
 * the draft of a worker that died blocks no other, and does not count as an entry whose maker died.
 * @returns how many entries were moved; stops at the first that the queue still refuses, and leaves what is larger than `sizeCap` where it is.
 */
export function drainRecovery(recovery: string, queue: QueueFolder, sizeCap: number): number {
  let moved = 0;
  for (const name of listRecovery(recovery)) {
    const file = `${recovery}/${name}.kept`;
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
