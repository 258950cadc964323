import type { EventEnvelope, EventMetadata } from './envelope.ts';

/** What an event of a handler says of the event that it answers. */
export type Cause = Required<Pick<EventMetadata, 'cause' | 'depth'>> & {
  /** That of the event that was handled, so that the whole chain can be traced. */
  readonly correlationId?: string;
};

/** The longest chain of handlers that wake each other. A handler whose event comes back to it would else never end. */
export const DEEPEST = 8;

/** The cause of everything that a handler of `event` emits. */
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

/** What a handler's process gets in its environment, so that whatever emits in it, or in a child of it, knows the cause. */
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

/** The cause that the environment names, or `undefined` outside of a handler. A depth that is no number counts as the deepest: better one event too few than a loop. */
export function causeFrom(
  environment: Readonly<Record<string, string | undefined>>,
): Cause | undefined {
  const cause = environment['WAYMARK_CAUSE'];
  if (cause === undefined || cause === '') return undefined;
  const text = environment['WAYMARK_DEPTH'] || '0';
  const correlation = environment['WAYMARK_CORRELATION'];
  return {
    cause,
    depth: (/^\d{1,4}$/.test(text) ? Number(text) : DEEPEST) + 1,
    ...(correlation === undefined || correlation === '' ? {} : { correlationId: correlation }),
  };
}
