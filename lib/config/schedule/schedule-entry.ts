import * as v from 'valibot';
import { ENVELOPE_SCHEMA } from '../../events/envelope-schema.ts';
import { type JsonObject, parseJsonObject } from '../../core/json.ts';
import { readCron, readInterval, type Timing } from './timing.ts';

/** A schedule: its name, its timing, and the event that it emits. */
export interface ScheduleEntry {
  readonly name: string;
  /** `undefined` for `NAME off`: a built-in schedule that the user switched off. */
  readonly event:
    | { readonly timing: Timing; readonly type: string; readonly payload: JsonObject }
    | undefined;
}

/**
 * A schedule, or the wrong part of the text (`name`, `every`, `cron`, `type`, `payload`) and the
 * reason.
 */
export type ReadSchedule =
  | { readonly ok: true; readonly entry: ScheduleEntry }
  | { readonly ok: false; readonly field: string; readonly reason: string };

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * Parses `NAME every 15m TYPE [PAYLOAD]`, `NAME CRON TYPE [PAYLOAD]` with the five fields of cron,
 * or `NAME off`. Never throws.
 */
export function readSchedule(text: string): ReadSchedule {
  const [name = '', ...words] = text.trim().split(/\s+/);
  if (!NAME.test(name))
    return wrong('name', 'must be 1 to 40 small letters, digits or -, beginning with a letter');
  if (words.length === 1 && words[0] === 'off')
    return { ok: true, entry: { name, event: undefined } };
  const isInterval = words[0] === 'every';
  const width = isInterval ? 2 : 5;
  const read = isInterval
    ? readInterval(words[1] ?? '')
    : readCron(words.slice(0, width).join(' '));
  if (!read.ok) return wrong(isInterval ? 'every' : 'cron', read.reason);
  const type = words[width];
  if (type === undefined) return wrong('type', 'is missing');
  const checked = v.safeParse(ENVELOPE_SCHEMA.entries.event_type, type);
  if (!checked.success) return wrong('type', checked.issues[0].message);
  const payload = payloadOf(text, width + 2);
  if (payload === undefined) return wrong('payload', 'must be a JSON object');
  return { ok: true, entry: { name, event: { timing: read.timing, type, payload } } };
}

/**
 * Returns the text after the first `count` words, unchanged, because a payload may contain any
 * number of spaces.
 */
function payloadOf(text: string, count: number): JsonObject | undefined {
  const rest = text.trim().replace(new RegExp(`^(?:\\S+(?:\\s+|$)){${count}}`), '');
  return rest === '' ? {} : parseJsonObject(rest);
}

function wrong(field: string, reason: string): ReadSchedule {
  return { ok: false, field, reason };
}
