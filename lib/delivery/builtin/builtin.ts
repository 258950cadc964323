import { isoTime } from '../../core/clock.ts';
import type { EventDraft, EventEnvelope } from '../../events/envelope.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { causedBy, MAX_CAUSE_DEPTH } from '../../events/cause.ts';
import type { DeliveryResult, Subscription } from '../subscription.ts';

export interface BuiltinParts {
  readonly clock: () => number;
  /** Enqueues an event under its own id. */
  readonly emit: (event: EventEnvelope, priority: number) => void;
}

/**
 * An event that a handler answers with. Two answers of one handler with the same key are one, so
 * that a repeated delivery does not repeat its answer.
 */
export interface Answer extends EventDraft {
  /** Default: the id of the answered event. */
  readonly key?: string;
}

/** Names of all built-in handlers, without `builtin/`. */
export const BUILTIN_NAMES = [
  'clean-up',
  'daemon-start',
  'heartbeat',
  'learning',
  'notify',
  'observability',
  'report',
  'security-alert',
  'task-failure',
  'worker-complete',
] as const;

/** A built-in handler. */
export interface Builtin {
  readonly name: (typeof BUILTIN_NAMES)[number];
  readonly types: readonly string[];
  readonly accepts?: (event: EventEnvelope) => boolean;
  /** How many deliveries run at once; left out: four. */
  readonly concurrency?: number;
  /**
   * @returns the events to emit and a short text for the list of deliveries, or another result of
   * the delivery.
   * @throws to try again.
   */
  readonly handle: (event: EventEnvelope, attempt: number) => Handled | Promise<Handled>;
}

export interface Handled {
  readonly answers?: readonly Answer[];
  readonly output?: string;
  /** Milliseconds after which to try again, because a fact is not known yet. */
  readonly retryAfterMs?: number;
}

const TIME_LIMIT_MS = 30_000;
const ATTEMPTS = 6;

/** Makes a subscription from a built-in handler. */
export function builtin(
  { clock, emit }: BuiltinParts,
  { handle, name, ...rest }: Builtin,
): Subscription {
  return {
    concurrency: 4,
    ...rest,
    name: `builtin/${name}`,
    kind: 'builtin',
    timeoutMs: TIME_LIMIT_MS,
    maxAttempts: ATTEMPTS,
    async deliver({ event, attempt }): Promise<DeliveryResult> {
      const { answers = [], output, retryAfterMs } = await handle(event, attempt);
      if (retryAfterMs !== undefined && attempt < ATTEMPTS)
        return { state: 'waiting', reason: 'unknown yet', afterMs: retryAfterMs };
      if (answers.length > 0 && causedBy(event).depth > MAX_CAUSE_DEPTH)
        return {
          state: 'refused',
          reason: `${MAX_CAUSE_DEPTH} handlers have triggered each other already`,
        };
      for (const answer of answers) emit(seal(name, event, answer, clock()), answer.priority);
      return { state: 'done', ...(output === undefined ? {} : { output }) };
    },
  };
}

function seal(handler: string, event: EventEnvelope, answer: Answer, now: number): EventEnvelope {
  const { cause, depth, correlationId } = causedBy(event);
  const correlation = answer.correlationId ?? correlationId;
  return {
    event_id: `${handler}-${shortHash16(answer.key ?? `${event.event_id} ${answer.type}`)}`,
    event_type: answer.type,
    timestamp: isoTime(now),
    source: `handler/${handler}`,
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
    metadata: { ...answer.metadata, cause, depth },
    payload: answer.payload,
  };
}
