import { objectField, parseJsonObject, stringField, type JsonObject } from '../../core/json.ts';
import { AGAIN_TAG } from '../../events/envelope.ts';
import { matchesType } from '../../events/matches-type.ts';
import { eventHead } from '../event-head.ts';
import type { OnDamage } from '../read-blocks.ts';
import { readLines } from '../read-lines.ts';
import { categoryOf, OTHER } from './category.ts';
import { type LogFile, logFiles } from './log-files.ts';

export interface LogFilter {
  /** A type, or a glob such as `worker.*`. */
  readonly type?: string;
  /** Milliseconds since the epoch, inclusive. */
  readonly since?: number;
  /** Include copies that a replay made. */
  readonly replays?: boolean;
  readonly limit: number;
  readonly onDamage: OnDamage;
}

interface Found {
  readonly at: number;
  readonly line: string;
}

/**
 * Returns the latest matching events in the logs, oldest first. Takes the limit from each category,
 * then merges by time.
 */
export function readLog(folder: string, filter: LogFilter): readonly JsonObject[] {
  const files = logFiles(folder).filter(({ category }) => mayContain(category, filter.type));
  const found = [...new Set(files.map(({ category }) => category))].flatMap((category) =>
    latestOf(
      files.filter((file) => file.category === category),
      filter,
    ),
  );
  // Stable: events of the same time keep their order within a category.
  const latest = found.toSorted((a, b) => a.at - b.at).slice(-filter.limit);
  return latest.flatMap(({ line }): readonly JsonObject[] => {
    const event = parseJsonObject(line);
    return event === undefined ? [] : [event];
  });
}

/** Whether the files of a category can contain events of such a type. */
export function mayContain(category: string, type: string | undefined): boolean {
  if (type === undefined) return true;
  const first = categoryOf(type);
  return first.includes('*') || category === first || category === OTHER;
}

/** Whether a line contains an event of such a type, since then. */
export function fitsLog(
  line: string,
  { type, since, replays }: Pick<LogFilter, 'type' | 'since' | 'replays'>,
): { readonly at: number } | undefined {
  const head = eventHead(line);
  if (head === undefined || (type !== undefined && !matchesType([type], head.type)))
    return undefined;
  if (replays !== true && isCopy(line)) return undefined;
  return since === undefined || head.at >= since ? { at: head.at } : undefined;
}

/** Whether the event of a line is a copy from a replay without effects. */
function isCopy(line: string): boolean {
  if (!line.includes('"replay_of":"')) return false;
  const metadata = objectField(parseJsonObject(line) ?? {}, 'metadata');
  const tags = metadata['tags'];
  const isAgain = Array.isArray(tags) && tags.includes(AGAIN_TAG);
  return stringField(metadata, 'replay_of') !== undefined && !isAgain;
}

/** Returns the latest matching lines, in the order in which they were written. */
function latestOf(files: readonly LogFile[], filter: LogFilter): readonly Found[] {
  const found: Found[] = [];
  for (const { path, changedAt } of files.toReversed()) {
    // Everything in it is older.
    if (filter.since !== undefined && changedAt < filter.since) break;
    const wants =
      filter.since === undefined
        ? {}
        : { wants: ({ to }: { readonly to: number }) => to >= (filter.since ?? 0) };
    for (const line of readLines(path, { onDamage: filter.onDamage, backwards: true, ...wants })) {
      const fit = fitsLog(line, filter);
      if (fit !== undefined) found.push({ at: fit.at, line });
      if (found.length >= filter.limit) return found.toReversed();
    }
  }
  return found.toReversed();
}
