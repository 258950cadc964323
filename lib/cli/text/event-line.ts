import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import type { Paint } from './paint.ts';
import { eventSummary } from '../../query/event-summary.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatTime } from '../../core/units.ts';

/** An event as the cells of a line: time, type, source, what it is about. */
export function eventCells(event: JsonObject, paint: Paint, now: number): readonly string[] {
  return [
    paint.dim(formatTime(Date.parse(stringField(event, 'timestamp') ?? ''), now)),
    paint.cyan(oneLine(stringField(event, 'event_type') ?? '')),
    paint.dim(oneLine(stringField(event, 'source') ?? '')),
    oneLine(eventSummary(objectField(event, 'payload'))),
  ];
}
