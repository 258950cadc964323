import { unlinkSync } from 'node:fs';
import { removeTree } from '../core/remove-tree.ts';
import { errnoOf, WaymarkError } from '../core/errors.ts';
import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import { eventId, randomPart } from '../events/event-id.ts';
import { readEntry } from './claimed-entry.ts';
import { deadNames } from './depth.ts';
import { formatEntryName, parseEntryName } from './entry-name.ts';
import { moveEntry } from './move-entry.ts';
import type { QueueFolder } from './queue-folder.ts';

/** An entry that was given up. */
export interface DeadLetter {
  /** The event's id, or the file name where it has none. */
  readonly id: string;
  readonly file: string;
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  /** ISO time of the burial, when known. */
  readonly at?: string;
}

/** What a dead letter shows of itself; what was thrown in may be larger than any entry. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Every dead entry, oldest first. */
export function listDead(queue: QueueFolder): readonly DeadLetter[] {
  return [...deadNames(queue)].sort(byTime).map((file) => readDead(queue, file));
}

/** The content of a dead entry and of its reason file, as text; empty where there is no text, or too much of it. @throws NOT_FOUND */
export function showDead(
  queue: QueueFolder,
  id: string,
): { readonly letter: DeadLetter; readonly content: string; readonly reason: string } {
  const letter = findDead(queue, id);
  return {
    letter,
    content: readOr(`${queue.dead}/${letter.file}`, ''),
    reason: readOr(`${queue.dead}/${letter.file}.reason`, ''),
  };
}

/** Puts a dead entry back into the queue with a fresh count of attempts. @throws NOT_FOUND */
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

/** Removes a dead entry for good; the caller records that it was discarded. @throws NOT_FOUND */
export function discardDead(queue: QueueFolder, id: string): DeadLetter {
  const letter = findDead(queue, id);
  removeTree(`${queue.dead}/${letter.file}`); // may be a dropped folder
  dropReason(queue, letter.file);
  return letter;
}

/** The id that the event brings, and the one that its file name says. */
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
  const found = deadNames(queue).includes(id)
    ? readDead(queue, id)
    : listDead(queue).find((letter) => letter.id === id);
  if (found === undefined) throw notFound(id);
  return found;
}

function notFound(id: string): WaymarkError {
  return new WaymarkError('NOT_FOUND', `Cannot find dead letter ${id}: dead/ has no such entry`);
}

/** The dead entry in this file; what it does not tell is made up from its name. */
export function readDead(queue: QueueFolder, file: string): DeadLetter {
  const event = parseJsonObject(readOr(`${queue.dead}/${file}`, '')) ?? {};
  const reason = parseJsonObject(readOr(`${queue.dead}/${file}.reason`, '')) ?? {};
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

/** The text of an entry, or `fallback` when it has none that can be read. */
export function readOr(path: string, fallback: string): string {
  try {
    return readEntry(path, MOST_BYTES);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return fallback; // missing, or dropped by hand: a folder, a pipe that would block, bytes that are no text
  }
}

function dropReason(queue: QueueFolder, file: string): void {
  try {
    unlinkSync(`${queue.dead}/${file}.reason`);
  } catch (error) {
    if (errnoOf(error) === '') throw error; // it never had one
  }
}
