import type { EventEnvelope } from '../events/envelope.ts';

/** How one delivery ended. `output` is the start of the handler's output, for people. */
export type DeliveryResult =
  | { readonly state: 'done'; readonly output?: string }
  /**
   * It failed this time: another attempt follows with backoff, or after `afterMs` if the receiver
   * asked for that.
   */
  | {
      readonly state: 'failed';
      readonly reason: string;
      readonly output?: string;
      readonly afterMs?: number;
    }
  /** The handler needs a fact that is not known yet: tried again after `afterMs`. Not a failure. */
  | { readonly state: 'waiting'; readonly reason: string; readonly afterMs: number }
  /** It can never succeed: no further attempt, straight to the dead letters. */
  | { readonly state: 'refused'; readonly reason: string; readonly output?: string }
  /**
   * The receiver wants no more events: like `refused`, and the source switches the subscription
   * off.
   */
  | { readonly state: 'gone'; readonly reason: string };

/** One attempt at one delivery. */
export interface DeliveryOrder {
  readonly event: EventEnvelope;
  /** Starts at 1. */
  readonly attempt: number;
  /** Aborted at the time limit, and when the worker must stop. Stop then, whatever it takes. */
  readonly signal: AbortSignal;
}

/**
 * Who gets which events, outside the transaction: a built-in handler, a handler of the user's, or a
 * webhook.
 */
export interface Subscription {
  /** Unique and stable: `builtin/NAME`, `user/NAME`, `webhook/NAME`. */
  readonly name: string;
  readonly kind: 'builtin' | 'executable' | 'module' | 'webhook';
  /** Type globs, such as `task.*`. One match is enough. */
  readonly types: readonly string[];
  /**
   * A further condition. Must not throw and must not be slow: it runs inside the event's
   * transaction.
   */
  readonly accepts?: (event: EventEnvelope) => boolean;
  /** How many deliveries of this subscription run at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Attempts before a delivery is dead. */
  readonly maxAttempts: number;
  /**
   * Milliseconds before the attempt after `attempt`. Default: exponential with jitter, from 1 s to
   * 5 min.
   */
  readonly retryDelayMs?: (attempt: number) => number;
  deliver(order: DeliveryOrder): Promise<DeliveryResult>;
}

/**
 * Returns the current subscriptions. Called before each batch: cheap while nothing changed. Never
 * throws; logs what is wrong.
 */
export type SubscriptionSource = () => readonly Subscription[];
