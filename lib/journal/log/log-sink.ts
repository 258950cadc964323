import type { EventSink } from '../event-sink.ts';
import { LOG_SINK } from '../table.ts';
import { fileCategory, logPath } from './category.ts';

/** One file for each category of events: `log/task-events.jsonl`, turned over by size and day. @param mostBytes Size from which a file is turned over. */
export function logSink(isOn: () => boolean, mostBytes: () => number): EventSink {
  return {
    name: LOG_SINK,
    isOn,
    pathOf: ({ type }, paths) => logPath(fileCategory(type, paths)),
    isComplete: ({ length, day }, today) => length >= mostBytes() || day !== today,
    isOver: ({ day }, today) => day !== today,
    closedPlace: ({ path, day }) => `${path.slice(0, -'.jsonl'.length)}.${day}`,
  };
}
