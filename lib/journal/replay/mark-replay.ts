import type { EventEnvelope } from '../../events/envelope.ts';
import { eventId, type EventStamp } from '../../events/event-id.ts';
import { AGAIN_TAG } from '../../events/envelope.ts';
import { TO_TAG } from '../../store/replay-rule.ts';

/** What a replay is for. */
export interface ReplayAim {
  /** Effects run a second time, and everybody gets it, unless `to` says who. */
  readonly again: boolean;
  /** The one handler that gets it. */
  readonly to?: string;
}

const MOST_TAGS = 50;

/** The same event under an id of its own: type, time, source, correlation and payload stay; `metadata.replay_of` names the original, also where a replay is replayed. */
export function markReplay(
  event: EventEnvelope,
  { again, to }: ReplayAim,
  stamp: EventStamp,
): EventEnvelope {
  const own = [...(again ? [AGAIN_TAG] : []), ...(to === undefined ? [] : [`${TO_TAG}${to}`])];
  const others = (event.metadata?.tags ?? []).filter(
    (tag) => tag !== AGAIN_TAG && !tag.startsWith(TO_TAG),
  );
  const tags = [...own, ...others].slice(0, MOST_TAGS);
  const { tags: _old, ...metadata } = event.metadata ?? {};
  return {
    ...event,
    event_id: eventId(stamp),
    metadata: {
      ...metadata,
      replay_of: metadata.replay_of ?? event.event_id,
      ...(tags.length === 0 ? {} : { tags }),
    },
  };
}
