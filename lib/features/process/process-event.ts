import type { EventEnvelope } from '../../events/envelope.ts';
import { isoTime } from '../../core/clock.ts';
import { shortHash16 } from '../../core/short-hash.ts';

/** A worker (a process that applies events) or an agent. */
export type ProcessOf =
  | { readonly kind: 'worker'; readonly id: string; readonly pid?: number | undefined }
  | {
      readonly kind: 'agent';
      readonly id: string;
      readonly session: string;
      readonly type?: string | undefined;
    };

export interface ProcessChange {
  readonly what: 'started' | 'exited' | 'stale';
  readonly of: ProcessOf;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** How it ended, or why it is considered stale. */
  readonly reason?: string;
  /** How long it has been silent. */
  readonly silentMs?: number;
  /**
   * Distinguishes this change from others of the same process: the same cause gives the same event.
   */
  readonly cause: string;
  /** The event that caused it, if any. */
  readonly event?: string;
  readonly correlationId?: string | undefined;
}

/**
 * Creates `process.started`, `process.exited` or `process.stale`, with an id derived from its
 * cause.
 */
export function createProcessEvent({
  what,
  of,
  at,
  reason,
  silentMs,
  cause,
  event,
  correlationId,
}: ProcessChange): EventEnvelope {
  const correlation = correlationId ?? (of.kind === 'agent' ? of.session : undefined);
  return {
    event_id: `process_${what}_${shortHash16(`${of.kind} ${of.id} ${cause}`)}`,
    event_type: `process.${what}`,
    timestamp: isoTime(at),
    source: 'worker',
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
    ...(event === undefined ? {} : { metadata: { cause: event } }),
    payload: {
      ...(of.kind === 'agent' ? { session_id: of.session, agent_id: of.id } : { worker_id: of.id }),
      ...(of.kind === 'agent' && of.type !== undefined ? { agent_type: of.type } : {}),
      kind: of.kind,
      ...(of.kind === 'worker' && of.pid !== undefined ? { pid: of.pid } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(silentMs === undefined ? {} : { silent_ms: silentMs }),
    },
  };
}

/** A worker ends once, whether it reports that itself or others find what it left behind. */
export const WORKER_END = 'end';
