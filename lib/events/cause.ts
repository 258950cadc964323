import type { EventEnvelope, EventMetadata } from './envelope.ts';

/** What an event from a handler records about the event that it answers. */
export type Cause = Required<Pick<EventMetadata, 'cause' | 'depth'>> & {
  /** The correlation id of the handled event, so that the whole chain can be traced. */
  readonly correlationId?: string;
};

/**
 * Longest chain of handlers that trigger each other. Without a limit, a handler that receives its
 * own events would never end.
 */
export const MAX_CAUSE_DEPTH = 8;

/** Returns the cause for everything that a handler of `event` emits. */
export function causedBy({
  event_id,
  correlation_id,
  metadata,
}: Pick<EventEnvelope, 'event_id' | 'correlation_id' | 'metadata'>): Cause {
  return {
    cause: event_id,
    depth: (metadata?.depth ?? 0) + 1,
    ...(correlation_id === undefined ? {} : { correlationId: correlation_id }),
  };
}

/**
 * Returns environment variables for a handler's process. Whatever emits in it, or in a child of it,
 * knows the cause from them.
 */
export function causeEnvironment({
  event_id,
  correlation_id,
  metadata,
}: Pick<EventEnvelope, 'event_id' | 'correlation_id' | 'metadata'>): Record<string, string> {
  return {
    WAYMARK_CAUSE: event_id,
    WAYMARK_DEPTH: String(metadata?.depth ?? 0),
    ...(correlation_id === undefined ? {} : { WAYMARK_CORRELATION: correlation_id }),
  };
}

/**
 * Reads the cause from the environment; `undefined` outside of a handler. A depth that is not a
 * number counts as the maximum: one event too few is better than a loop.
 */
export function readCause(
  environment: Readonly<Record<string, string | undefined>>,
): Cause | undefined {
  const cause = environment['WAYMARK_CAUSE'];
  if (cause === undefined || cause === '') return undefined;
  const text = environment['WAYMARK_DEPTH'] || '0';
  const correlation = environment['WAYMARK_CORRELATION'];
  return {
    cause,
    depth: (/^\d{1,4}$/.test(text) ? Number(text) : MAX_CAUSE_DEPTH) + 1,
    ...(correlation === undefined || correlation === '' ? {} : { correlationId: correlation }),
  };
}
