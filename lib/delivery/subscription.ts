import type { EventEnvelope } from '../events/envelope.ts';

/** How one delivery ended. `output` is a short head of what the handler said, for people. */
export type DeliveryResult =
  | { readonly state: 'done'; readonly output?: string }
  /**
   * It did not work this time: another attempt follows, with backoff, or after `afterMs` where the
   * receiver said when.
   */
  | {
      readonly state: 'failed';
      readonly reason: string;
      readonly output?: string;
      readonly afterMs?: number;
    }
  /** The handler needs a fact that is not known yet: asked again after `afterMs`. That is no failure. */
  | { readonly state: 'waiting'; readonly reason: string; readonly afterMs: number }
  /** It can never work: no further attempt, straight to the dead letters. */
  | { readonly state: 'refused'; readonly reason: string; readonly output?: string }
  /**
   * The receiver wants no more events: like `refused`, and the source of the subscription switches
   * it off.
   */
  | { readonly state: 'gone'; readonly reason: string };

/** One attempt at one delivery. */
export interface DeliveryOrder {
  readonly event: EventEnvelope;
  /** From 1. */
  readonly attempt: number;
  /** Aborted at the time limit, and when the worker has to end: stop then, whatever it takes. */
  readonly signal: AbortSignal;
}

/**
 * Who gets which events, outside the transaction: a handler of ours or of the user's, or a webhook.
 */
export interface Subscription {
  /** Unique and stable: `builtin/NAME`, `user/NAME`, `webhook/NAME`. */
  readonly name: string;
  readonly kind: 'builtin' | 'executable' | 'module' | 'webhook';
  /** Type globs, such as `task.*`; one that fits is enough. */
  readonly types: readonly string[];
  /**
   * What must hold beside the type. Must not throw, must not be slow: it runs inside the event's
   * transaction.
   */
  readonly accepts?: (event: EventEnvelope) => boolean;
  /** How many deliveries of this subscription run at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Attempts before a delivery is dead. */
  readonly maxAttempts: number;
  /**
   * Milliseconds before the attempt after `attempt`; left out: exponential with jitter, from 1 s to
   * 5 min.
   */
  readonly retryDelayMs?: (attempt: number) => number;
  deliver(order: DeliveryOrder): Promise<DeliveryResult>;
}

/**
 * Where subscriptions come from. Asked before each batch: cheap while nothing has changed. Never
 * throws; what is wrong is said in the log.
 */
export type SubscriptionSource = () => readonly Subscription[];
