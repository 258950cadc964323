import { AGAIN_TAG, type EventEnvelope } from '../events/envelope.ts';
import { isNamed } from '../core/subscription-name.ts';
import type { Database } from './database.ts';
import { addTombstones, hasTombstone } from './tombstones.ts';

/** Prefix of a tag that addresses a replay to one handler: `to:user/notify`, or `to:notify`. */
export const TO_TAG = 'to:';

/**
 * Returns the id of the event that this one repeats without effects. Lists show only one of the
 * two.
 */
export function copiedId({ metadata }: Pick<EventEnvelope, 'metadata'>): string | undefined {
  return metadata?.tags?.includes(AGAIN_TAG) === true ? undefined : metadata?.replay_of;
}

/**
 * Returns the events whose effects run. Those of a replay run only if the original was never seen:
 * its id is then recorded, so that a later replay, and the original if it arrives, do nothing; rows
 * are stored under the original's id. A replay with the tag `again` always runs. Call it in the
 * transaction that stored the events.
 */
export function dropRepeats(
  database: Database,
  events: ReadonlySet<EventEnvelope>,
  now: number,
): readonly EventEnvelope[] {
  return [...events].flatMap((event) => {
    const original = event.metadata?.replay_of;
    if (original === undefined || event.metadata?.tags?.includes(AGAIN_TAG) === true)
      return [event];
    return remember(database, original, now) ? [{ ...event, event_id: original }] : [];
  });
}

/**
 * Whether a handler or webhook may get an event. New events go to all; a replay goes to those that
 * it names, or with `again` to all.
 */
export function mayDeliver(event: EventEnvelope, name: string): boolean {
  if (event.metadata?.replay_of === undefined) return true;
  const tags = event.metadata.tags ?? [];
  const named = tags.flatMap((tag) => (tag.startsWith(TO_TAG) ? [tag.slice(TO_TAG.length)] : []));
  return named.length > 0
    ? named.some((wanted) => isNamed(name, wanted))
    : tags.includes(AGAIN_TAG);
}

/** @returns whether the id was new to the store. */
function remember(database: Database, id: string, now: number): boolean {
  if (database.prepare('SELECT 1 FROM events WHERE id = ?').get(id) !== undefined) return false;
  if (hasTombstone(database, id)) return false;
  addTombstones(database, [id], 'replayed', now);
  return true;
}
