import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import type { Paint } from './paint.ts';
import type { Column } from './table.ts';
import { summarizeEvent } from '../../query/event-summary.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatTime } from '../../core/units.ts';

/** Of a line that is too long, the source goes first. */
export const EVENT_COLUMNS: readonly Column[] = [{}, { least: 16 }, { gives: 1 }, { least: 24 }];

/**
 * An event as the cells of a line: time, type, source, what it is about.
 * @param timeText How its time is written: a clock where lines stay while time passes.
 */
export function formatEventCells(
  event: JsonObject,
  paint: Paint,
  now: number,
  timeText: (at: number, now: number) => string = formatTime,
): readonly string[] {
  return [
    paint.dim(timeText(Date.parse(stringField(event, 'timestamp') ?? ''), now)),
    paint.cyan(oneLine(stringField(event, 'event_type') ?? '')),
    paint.dim(oneLine(stringField(event, 'source') ?? '')),
    oneLine(summarizeEvent(objectField(event, 'payload'))),
  ];
}
