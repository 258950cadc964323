import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { namesIn } from '../../core/files.ts';
import { type JsonObject, numberField, objectField, parseJsonObject } from '../../core/json.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { PRIORITIES, queueFolder } from '../../queue/queue-folder.ts';
import type { Glance } from './line.ts';

/** `since` is set this much too early, see the throttle. */
const SINCE_LAG_MS = 1_000;

/** No session costs more. */
const MOST_DOLLARS = 1_000_000;

/**
 * What there is to show: from the client's own numbers, else from views and folders. Never throws; whatever is missing is left out.
 * @param input What the client gives; its percentages are `null` before the first answer, and 0 right after a compaction.
 * @param contextView views/context/<session>.json, if there is one.
 */
export function look(
  folder: StateFolder,
  session: string | undefined,
  input: JsonObject,
  contextView: JsonObject,
  now: number,
): Glance {
  const savedAt = session === undefined ? undefined : lastSaved(folder, session);
  return {
    percent: percentOf(objectField(input, 'context_window'), contextView),
    cost: within(numberField(objectField(input, 'cost'), 'total_cost_usd'), MOST_DOLLARS),
    queued: waiting(folder),
    isWorkerAlive: isAnyAlive(folder.wake),
    savedAgo: savedAt === undefined ? undefined : now - savedAt,
  };
}

/**
 * The client's own percentage is the latest, so it goes first. Where the view has seen that more fits into the window than the client thinks, the view is right:
 * all that waymark shows says the same then.
 */
function percentOf(client: JsonObject, contextView: JsonObject): number | undefined {
  const said = within(numberField(client, 'used_percentage'), 100);
  const known = within(numberField(contextView, 'percent'), 100);
  const isTooSmall =
    (numberField(contextView, 'window') ?? 0) >
    (numberField(client, 'context_window_size') ?? Number.POSITIVE_INFINITY);
  return (said ?? 0) > 0 && !isTooSmall ? said : (known ?? said);
}

/** A figure from 0 to `most`; anything else is a mistake of who said it, and not shown. */
function within(figure: number | undefined, most: number): number | undefined {
  return figure !== undefined && figure >= 0 && figure <= most ? figure : undefined;
}

/** The view knows of every checkpoint that was stored, the throttle of automatic ones at once. */
function lastSaved(folder: StateFolder, session: string): number | undefined {
  const stored =
    numberField(
      objectField(readView(`${folder.views}/resume/${session}.json`), 'lastCheckpoint'),
      'at',
    ) ?? 0;
  const since = statSync(`${folder.throttle}/${session}/since`, { throwIfNoEntry: false });
  const latest = Math.max(stored, since === undefined ? 0 : since.mtimeMs + SINCE_LAG_MS);
  return latest === 0 ? undefined : latest;
}

/** The object in a view; an empty one when there is none. */
export function readView(path: string): JsonObject {
  try {
    return parseJsonObject(readFileSync(path, 'utf8')) ?? {};
  } catch {
    return {};
  }
}

/** Entries in `pending/`. A listing takes 0.3 ms per thousand; hooks refuse more than some hundred thousand. */
function waiting(folder: StateFolder): number {
  const { pending } = queueFolder(folder.queue);
  let count = 0;
  for (const priority of PRIORITIES) count += namesIn(`${pending}/${priority}`).length;
  return count;
}

/** Whether one of the pipes has a reader. Writes no byte, so that no worker wakes. */
function isAnyAlive(wake: string): boolean {
  return namesIn(wake).some((name) => !name.startsWith('.') && hasReader(`${wake}/${name}`));
}

function hasReader(pipe: string): boolean {
  try {
    const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return fstatSync(fd).isFIFO();
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
