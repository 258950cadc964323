import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { matchesType } from '../../events/matches-type.ts';

/** Which events to replay. All given conditions must hold. */
export interface ReplayFilter {
  /** Time of the event, in milliseconds since the epoch, inclusive. */
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

/** Whether an event matches. A replay never does: only originals are replayed. */
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

/** Whether a time is within the range of the filter. */
export function fitsTime(at: number, { since, until }: ReplayFilter): boolean {
  return (since === undefined || at >= since) && (until === undefined || at <= until);
}
