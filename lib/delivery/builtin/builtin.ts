import { isoTime } from '../../core/clock.ts';
import type { EventDraft, EventEnvelope } from '../../events/envelope.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { causedBy, DEEPEST } from '../../events/cause.ts';
import type { DeliveryResult, Subscription } from '../subscription.ts';

export interface BuiltinParts {
  readonly clock: () => number;
  /** Enqueues an event under its own id. */
  readonly emit: (event: EventEnvelope, priority: number) => void;
}

/** What a handler answers. Two answers of one handler with the same key are one: a delivery that comes twice says nothing twice. */
export interface Answer extends EventDraft {
  /** Left out: the id of the event that is answered. */
  readonly key?: string;
}

/** Every handler of ours, without `builtin/`. */
export const BUILTIN_NAMES = [
  'clean-up',
  'daemon-start',
  'heartbeat',
  'learning',
  'observability',
  'security-alert',
  'task-failure',
  'worker-complete',
] as const;

/** A handler of ours. */
export interface Builtin {
  readonly name: (typeof BUILTIN_NAMES)[number];
  readonly types: readonly string[];
  readonly accepts?: (event: EventEnvelope) => boolean;
  /** @returns what is to be said, and a few words for the list of deliveries, or how the delivery ended otherwise. @throws to be tried again. */
  readonly handle: (event: EventEnvelope, attempt: number) => Handled | Promise<Handled>;
}

export interface Handled {
  readonly answers?: readonly Answer[];
  readonly output?: string;
  /** Not known yet: try again after so many milliseconds. */
  readonly askAgainMs?: number;
}

const TIME_LIMIT_MS = 30_000;
const ATTEMPTS = 6;

/** A handler of ours as a subscription. */
export function builtin(
  { clock, emit }: BuiltinParts,
  { handle, name, ...rest }: Builtin,
): Subscription {
  return {
    ...rest,
    name: `builtin/${name}`,
    kind: 'builtin',
    concurrency: 4,
    timeoutMs: TIME_LIMIT_MS,
    maxAttempts: ATTEMPTS,
    async deliver({ event, attempt }): Promise<DeliveryResult> {
      const { answers = [], output, askAgainMs } = await handle(event, attempt);
      if (askAgainMs !== undefined && attempt < ATTEMPTS)
        return { state: 'waiting', reason: 'not known yet', afterMs: askAgainMs };
      if (answers.length > 0 && causedBy(event).depth > DEEPEST)
        return { state: 'refused', reason: `${DEEPEST} handlers have woken each other already` };
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
