import { parseJsonObject, stringField } from '../../core/json.ts';
import type { Paint } from './paint.ts';
import { oneLine } from './table.ts';
import { formatTime } from './units.ts';

const OWN = new Set(['time', 'level', 'code', 'message']);

/** One line of a JSON log for people: time, level, code, message, fields. A line that is no JSON is shown as it is. */
export function logText(line: string, paint: Paint, now: number): string {
  const entry = parseJsonObject(line);
  if (entry === undefined) return oneLine(line);
  const level = stringField(entry, 'level') ?? '';
  const colour = level === 'error' ? paint.red : level === 'warn' ? paint.yellow : paint.dim;
  const fields = Object.entries(entry).filter(([name]) => !OWN.has(name));
  const parts = [
    paint.dim(formatTime(Date.parse(stringField(entry, 'time') ?? ''), now)),
    colour(level.padEnd(5)),
    paint.bold((stringField(entry, 'code') ?? '').padEnd(18)),
    oneLine(stringField(entry, 'message') ?? ''),
    ...(fields.length === 0
      ? []
      : [paint.dim(oneLine(fields.map(([name, value]) => `${name}=${String(value)}`).join(' ')))]),
  ];
  return parts.join(' ');
}
