import { unlinkSync } from 'node:fs';
import { removeTree } from '../core/remove-tree.ts';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import { eventId, randomPart } from '../events/event-id.ts';
import { readEntry } from './claimed-entry.ts';
import { listDeadNames } from './depth.ts';
import { formatEntryName, parseEntryName } from './entry-name.ts';
import { moveEntry } from './move-entry.ts';
import type { QueueFolder } from './queue-folder.ts';

/** An entry that was given up. */
export interface DeadLetter {
  /** The event's id, or the file name if it has none. */
  readonly id: string;
  readonly file: string;
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  /** ISO time at which it was given up, if known. */
  readonly at?: string;
}

/** Most bytes of a dead letter to read: a file that was dropped in may be larger than any entry. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Lists all dead entries, oldest first. */
export function listDead(queue: QueueFolder): readonly DeadLetter[] {
  return [...listDeadNames(queue)].sort(byTime).map((file) => readDead(queue, file));
}

/**
 * Reads a dead entry and its reason file as text; empty if missing, not text, or too large.
 * @throws NOT_FOUND
 */
export function showDead(
  queue: QueueFolder,
  id: string,
): { readonly letter: DeadLetter; readonly content: string; readonly reason: string } {
  const letter = findDead(queue, id);
  return {
    letter,
    content: readTextOr(`${queue.dead}/${letter.file}`, ''),
    reason: readTextOr(`${queue.dead}/${letter.file}.reason`, ''),
  };
}

/**
 * Moves a dead entry back into the queue with zero attempts.
 * @throws NOT_FOUND
 */
export function redrive(queue: QueueFolder, id: string): DeadLetter {
  const letter = findDead(queue, id);
  const name = parseEntryName(letter.file);
  const folder = name === undefined ? queue.pending : `${queue.pending}/${name.priority}`;
  if (
    !moveEntry(
      `${queue.dead}/${letter.file}`,
      folder,
      name === undefined ? letter.file : formatEntryName({ ...name, attempts: 0 }),
    )
  )
    throw notFound(id);
  dropReason(queue, letter.file);
  return letter;
}

/**
 * Deletes a dead entry. The caller records that it was discarded.
 * @throws NOT_FOUND
 */
export function discardDead(queue: QueueFolder, id: string): DeadLetter {
  const letter = findDead(queue, id);
  removeTree(`${queue.dead}/${letter.file}`); // May be a folder that was dropped in.
  dropReason(queue, letter.file);
  return letter;
}

/** Returns the id inside the event and the id from its file name. */
export function idsOfLetter(letter: DeadLetter): readonly string[] {
  const name = parseEntryName(letter.file);
  return [
    ...new Set([
      ...(randomPart(letter.id) === undefined ? [] : [letter.id]),
      ...(name === undefined ? [] : [eventId(name)]),
    ]),
  ];
}

function findDead(queue: QueueFolder, id: string): DeadLetter {
  const found = listDeadNames(queue).includes(id)
    ? readDead(queue, id)
    : listDead(queue).find((letter) => letter.id === id);
  if (found === undefined) throw notFound(id);
  return found;
}

function notFound(id: string): WaymarkError {
  return new WaymarkError('NOT_FOUND', `Cannot find dead letter ${id}: dead/ has no such entry`);
}

/** Reads a dead entry. Derives from its name what the file does not contain. */
export function readDead(queue: QueueFolder, file: string): DeadLetter {
  const event = parseJsonObject(readTextOr(`${queue.dead}/${file}`, '')) ?? {};
  const reason = parseJsonObject(readTextOr(`${queue.dead}/${file}.reason`, '')) ?? {};
  const at = stringField(reason, 'at');
  return {
    id: stringField(event, 'event_id') ?? file,
    file,
    type: stringField(event, 'event_type') ?? 'unknown',
    reason: stringField(reason, 'reason') ?? 'its worker died before it could write the reason',
    attempts: numberField(reason, 'attempts') ?? parseEntryName(file)?.attempts ?? 0,
    ...(at === undefined ? {} : { at }),
  };
}

function byTime(a: string, b: string): number {
  return (parseEntryName(a)?.time ?? 0) - (parseEntryName(b)?.time ?? 0) || a.localeCompare(b);
}

/** Reads the text of an entry; returns `fallback` if it has no readable text. */
export function readTextOr(path: string, fallback: string): string {
  try {
    return readEntry(path, MAX_BYTES);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    // Missing, or dropped by hand: a folder, a pipe that would block, bytes that are not text.
    return fallback;
  }
}

function dropReason(queue: QueueFolder, file: string): void {
  try {
    unlinkSync(`${queue.dead}/${file}.reason`);
  } catch (error) {
    if (errnoOf(error) === '') throw error; // It never had one.
  }
}
