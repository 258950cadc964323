import * as v from 'valibot';
import { type EventEnvelope, URGENCIES } from './envelope.ts';
import { isJsonObject } from '../core/json.ts';

/**
 * An event, or the first wrong field (`metadata.tags.0`; `event` for the whole) and the reason,
 * without its value.
 */
export type ParsedEnvelope =
  | { readonly ok: true; readonly event: EventEnvelope }
  | { readonly ok: false; readonly field: string; readonly reason: string };

const ID = /^[A-Za-z0-9_.:-]{1,120}$/;
const TYPE = /^(?=.{3,100}$)[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/;
const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

const id = (what: string) =>
  v.pipe(text(ID, 'must be 1 to 120 letters, digits or _ . : -'), v.description(what));
const name = (what: string) =>
  v.pipe(
    v.string('must be a string'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(200, 'must have at most 200 characters'),
    v.description(what),
  );

const METADATA = v.object({
  priority: v.exactOptional(
    v.pipe(
      v.picklist(URGENCIES, 'must be critical, high, medium or low'),
      v.description('Urgency for people; the queue has a priority of its own.'),
    ),
  ),
  tags: v.exactOptional(
    v.pipe(
      v.array(name('A word to filter by.'), 'must be a list of strings'),
      v.maxLength(50, 'must have at most 50 entries'),
    ),
  ),
  master: v.exactOptional(name('Who asked for it, such as the agent that gave the order.')),
  replay_of: v.exactOptional(id('Id of the event that this one repeats.')),
  cause: v.exactOptional(id('Id of the event whose handler made this one.')),
  depth: v.exactOptional(
    v.pipe(
      v.number('must be a whole number, 0 or more'),
      v.integer('must be a whole number, 0 or more'),
      v.minValue(0, 'must be a whole number, 0 or more'),
      v.description(
        'Number of handlers in the chain of causes of this event: 0 when left out. `waymark emit` refuses more than 8.',
      ),
    ),
  ),
});

/** The schema of a payload. Separate, so that the JSON Schema can describe it. */
// Not v.record: it would drop a field called `constructor`.
export const PAYLOAD_SCHEMA = v.custom<EventEnvelope['payload']>(isJsonObject, 'must be an object');

/**
 * Allows unknown fields and drops them: an older worker must not reject what a newer maker adds.
 */
export const ENVELOPE_SCHEMA = v.object({
  event_id: id(
    'Identity for life: an event whose id is in the store already has no further effect. `evt_YYYYMMDD_HHMMSS_R` when waymark makes it.',
  ),
  event_type: v.pipe(
    text(
      TYPE,
      'must be lower-case words joined by dots, such as build.failed, at most 100 characters',
    ),
    v.description('What happened: a room and a past tense, such as `checkpoint.created`.'),
  ),
  timestamp: v.pipe(
    text(TIME, 'must be ISO 8601 with a zone, such as 2026-11-22T04:48:32.123Z'),
    v.check(isOnCalendar, 'must be a day that exists'),
    v.description('When it happened, by the clock of its maker: ISO 8601 with zone.'),
  ),
  source: name(
    'Who made it: `hook/PostToolUse`, `cli`, `worker`, `file/NAME`, or a name of yours.',
  ),
  correlation_id: v.exactOptional(name('Joins the events of one prompt, task or run.')),
  // v.object would accept a list as an object.
  metadata: v.exactOptional(v.pipe(v.custom(isJsonObject, 'must be an object'), METADATA)),
  payload: PAYLOAD_SCHEMA,
});

/**
 * Reads a parsed JSON value as an event. Takes every field as it is: fills in nothing, converts
 * nothing. Never throws.
 */
export function parseEnvelope(value: unknown): ParsedEnvelope {
  if (!isJsonObject(value)) return { ok: false, field: 'event', reason: 'must be a JSON object' };
  const result = v.safeParse(ENVELOPE_SCHEMA, value, { abortEarly: true });
  if (result.success) return { ok: true, event: result.output };
  const [issue] = result.issues;
  return {
    ok: false,
    field: v.getDotPath(issue) ?? 'event',
    reason: issue.input === undefined ? 'is missing' : issue.message,
  };
}

function text(shape: RegExp, expected: string) {
  return v.pipe(v.string(expected), v.regex(shape, expected));
}

/** Whether a date exists: `Date.parse` accepts 31 February as 3 March. */
function isOnCalendar(time: string): boolean {
  if (Number(time.slice(8, 10)) <= 28) return true;
  const [year, month, day] = time.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate() >= (day ?? 0);
}
