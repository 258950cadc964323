import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { matchesType } from '../../events/matches-type.ts';

/** Which events are replayed; each condition that is given must hold. */
export interface ReplayFilter {
  /** By the time of the event, in milliseconds since the epoch, both included. */
  readonly since?: number;
  readonly until?: number;
  /** Globs: `*` matches any run of characters. */
  readonly type?: string;
  readonly source?: string;
  /** Of `metadata.priority`. */
  readonly priority?: string;
  readonly correlation?: string;
  readonly session?: string;
}

/** Whether an event fits. A replay never does: what is repeated is the original. */
export function fitsReplay(event: EventEnvelope, filter: ReplayFilter): boolean {
  const { type, source, priority, correlation, session } = filter;
  return (
    event.metadata?.replay_of === undefined &&
    fitsTime(Date.parse(event.timestamp), filter) &&
    (type === undefined || matchesType([type], event.event_type)) &&
    (source === undefined || matchesType([source], event.source)) &&
    (priority === undefined || event.metadata?.priority === priority) &&
    (correlation === undefined || event.correlation_id === correlation) &&
    (session === undefined || stringField(event.payload, 'session_id') === session)
  );
}

/** Whether a time is within those of the filter. */
export function fitsTime(at: number, { since, until }: ReplayFilter): boolean {
  return (since === undefined || at >= since) && (until === undefined || at <= until);
}
