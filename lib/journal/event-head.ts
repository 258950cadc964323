import { parseJsonObject, stringField } from '../core/json.ts';

/** The fields of an event that its line begins with. */
export interface EventHead {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since the epoch; NaN if the time cannot be parsed. */
  readonly at: number;
}

const HEAD = /^\{"event_id":"([^"\\]+)","event_type":"([^"\\]+)","timestamp":"([^"\\]+)"/;

/**
 * Reads id, type and time of the event in a line, or returns `undefined` if there is none. Does not
 * parse our own lines: that would cost ten times as much.
 */
export function eventHead(line: string): EventHead | undefined {
  const [, id, type, time] = HEAD.exec(line) ?? [];
  if (id !== undefined && type !== undefined && time !== undefined && line.endsWith('}'))
    return { id, type, at: Date.parse(time) };
  const event = parseJsonObject(line);
  const other = event === undefined ? undefined : stringField(event, 'event_id');
  if (event === undefined || other === undefined) return undefined;
  return {
    id: other,
    type: stringField(event, 'event_type') ?? '',
    at: Date.parse(stringField(event, 'timestamp') ?? ''),
  };
}
