import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { paceOf, parseRateLimits } from '../../claude/rate-limits.ts';
import { namesIn } from '../../core/files.ts';
import { type JsonObject, numberField, objectField } from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { PRIORITIES, queueFolder } from '../../queue/queue-folder.ts';
import type { StatusLineFacts } from './format-status-line.ts';

/** `since` is set earlier by this much, see the throttle. */
const SINCE_LAG_MS = 1_000;

const SHORT_NAMES: Readonly<Record<string, string>> = { five_hour: '5h', seven_day: 'week' };

/** Higher costs are treated as errors. */
const MAX_DOLLARS = 1_000_000;

/**
 * Reads the data of the status line: from the client's own figures, else from views and folders.
 * Never throws; missing data is left out.
 * @param input The client's input; its percentages are `null` before the first answer, and 0 right
 * after a compaction.
 * @param contextView views/context/<session>.json, if it exists.
 */
export function readStatusLineFacts(
  folder: StateFolder,
  session: string | undefined,
  input: JsonObject,
  contextView: JsonObject,
  now: number,
): StatusLineFacts {
  const savedAt = session === undefined ? undefined : lastSaved(folder, session);
  return {
    percent: percentOf(objectField(input, 'context_window'), contextView),
    cost: within(numberField(objectField(input, 'cost'), 'total_cost_usd'), MAX_DOLLARS),
    limits: parseRateLimits(input)
      .filter(({ resetsAt }) => resetsAt > now)
      .map((limit) => ({
        name: SHORT_NAMES[limit.name] ?? limit.name,
        used: limit.used,
        resetsIn: limit.resetsAt - now,
        pace: paceOf(limit, now),
      })),
    queued: waiting(folder),
    isWorkerAlive: isAnyAlive(folder.wake),
    savedAgo: savedAt === undefined ? undefined : now - savedAt,
  };
}

/**
 * Returns the context percentage. The client's figure is the latest, so it is preferred. If the
 * view shows that the window is larger than the client assumes, the view's figure is used, like
 * everywhere in waymark.
 */
function percentOf(client: JsonObject, contextView: JsonObject): number | undefined {
  const said = within(numberField(client, 'used_percentage'), 100);
  const known = within(numberField(contextView, 'percent'), 100);
  const isTooSmall =
    (numberField(contextView, 'window') ?? 0) >
    (numberField(client, 'context_window_size') ?? Number.POSITIVE_INFINITY);
  return (said ?? 0) > 0 && !isTooSmall ? said : (known ?? said);
}

/** Returns a figure from 0 to `most`; any other figure is an error and not shown. */
function within(figure: number | undefined, most: number): number | undefined {
  return figure !== undefined && figure >= 0 && figure <= most ? figure : undefined;
}

/**
 * Returns the time of the last checkpoint: from the view, which has every stored one, and from the
 * throttle, which has automatic ones immediately.
 */
function lastSaved(folder: StateFolder, session: string): number | undefined {
  const stored =
    numberField(
      objectField(readView(`${folder.views}/resume/${session}.json`) ?? {}, 'lastCheckpoint'),
      'at',
    ) ?? 0;
  const since = statSync(`${folder.throttle}/${session}/since`, { throwIfNoEntry: false });
  const latest = Math.max(stored, since === undefined ? 0 : since.mtimeMs + SINCE_LAG_MS);
  return latest === 0 ? undefined : latest;
}

/**
 * Counts the entries in `pending/`. Listing takes 0.3 ms per thousand; hooks refuse more than some
 * hundred thousand.
 */
function waiting(folder: StateFolder): number {
  const { pending } = queueFolder(folder.queue);
  let count = 0;
  for (const priority of PRIORITIES) count += namesIn(`${pending}/${priority}`).length;
  return count;
}

/** Whether a pipe has a reader. Writes no byte, so that no worker wakes. */
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
