import { isoTime } from '../../core/clock.ts';
import type { EventSink } from '../event-sink.ts';
import { ARCHIVE_SINK } from '../table.ts';

/** A compressed file is addressed with 32 bits; a day of more than this is kept in several. */
const MOST_BYTES = 1024 * 1024 * 1024;

const FOLDER = 'archive/events/';
const ENDING = '.jsonl';

/** One file for each UTC day on which events were stored: `archive/events/2026-11-22.jsonl`. */
export function archiveSink(isOn: () => boolean): EventSink {
  return {
    name: ARCHIVE_SINK,
    isOn,
    pathOf: ({ storedAt }) => `${FOLDER}${isoTime(storedAt).slice(0, 10)}${ENDING}`,
    isComplete: ({ length }) => length >= MOST_BYTES,
    isOver: ({ path }, today) => path.slice(FOLDER.length, -ENDING.length) < today,
    closedPlace: ({ path }) => path.slice(0, -ENDING.length),
  };
}
