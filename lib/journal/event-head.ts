import { parseJsonObject, stringField } from '../core/json.ts';

/** What the beginning of its line says about an event. */
export interface EventHead {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since the epoch; NaN for a time that cannot be parsed. */
  readonly at: number;
}

const HEAD = /^\{"event_id":"([^"\\]+)","event_type":"([^"\\]+)","timestamp":"([^"\\]+)"/;

/** Id, type and time of the event in a line, or `undefined` for a line that is none. Lines of ours are not parsed for it: that would cost ten times as much. */
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
