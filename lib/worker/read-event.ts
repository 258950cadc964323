import { isoTime } from '../core/clock.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { parseEnvelope } from '../events/envelope-schema.ts';
import { WaymarkError } from '../core/errors.ts';
import { eventId } from '../events/event-id.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { checkType } from '../events/types/check-event.ts';
import { type ClaimedEntry, readEntry } from '../queue/claimed-entry.ts';

const MAY_BE_LEFT_OUT = ['event_id', 'timestamp', 'source', 'payload'] as const;

/**
 * Reads the event of a claimed entry. Fills in what a foreign maker left out (id, time, source,
 * payload) from the entry's name, so that it is the same at each attempt.
 * @throws {@link WaymarkError} with a permanent fault: another attempt cannot succeed.
 */
export function readEvent(entry: ClaimedEntry, sizeCap: number): EventEnvelope {
  const parsed = parseObject(readEntry(entry.path, sizeCap), entry);
  if ('sql' in parsed && !('event_type' in parsed)) {
    throw new WaymarkError(
      'ENTRY_RAW_SQL',
      'Cannot run raw SQL from the queue: entries are events, never statements',
    );
  }
  const result = parseEnvelope(
    MAY_BE_LEFT_OUT.every((field) => field in parsed)
      ? parsed
      : { ...defaultsFor(entry), ...parsed },
  );
  const checked =
    result.ok && !isOurs(result.event.source, entry)
      ? checkType(result.event, entry.foreignName === undefined ? 'pass' : 'refuse')
      : result;
  if (checked.ok) return checked.event;
  throw new WaymarkError(
    'EVENT_INVALID',
    `Cannot accept ${entry.foreignName ?? 'the entry'}: ${checked.field} ${checked.reason}`,
  );
}

/**
 * Whether one of our programs made the event, of any version. Its payload is trusted: nothing is
 * checked twice, and an event of a later version is stored.
 */
function isOurs(source: string, { foreignName }: ClaimedEntry): boolean {
  return (
    foreignName === undefined &&
    (source.startsWith('hook/') || source === 'worker' || source.startsWith('log/'))
  );
}

function defaultsFor({
  name,
  foreignName,
}: ClaimedEntry): Record<(typeof MAY_BE_LEFT_OUT)[number], unknown> {
  return {
    event_id: eventId(name),
    timestamp: isoTime(name.time),
    source: `file/${(foreignName ?? 'unknown').slice(0, 80)}`,
    payload: {},
  };
}

function parseObject(text: string, entry: ClaimedEntry): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new WaymarkError(
      'ENTRY_MALFORMED',
      `Cannot parse ${entry.foreignName ?? 'the entry'}: ${text === '' ? 'it is empty' : 'not JSON, or cut'}`,
      {
        cause: error,
      },
    );
  }
  if (!isJsonObject(parsed))
    throw new WaymarkError(
      'ENTRY_MALFORMED',
      `Cannot accept ${entry.foreignName ?? 'the entry'}: not a JSON object`,
    );
  return parsed;
}
