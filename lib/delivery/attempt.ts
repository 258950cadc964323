import type { EventEnvelope } from '../events/envelope.ts';
import { reasonOf } from '../core/errors.ts';
import type { DeliveryResult, Subscription } from './subscription.ts';

/** Why a signal is aborted. */
export type AbortReason = 'time limit' | 'shutdown';

/** One attempt that runs. */
export interface RunningAttempt {
  /**
   * Resolves when it has ended, never rejects; `given-back` when the worker had to end before it.
   */
  readonly ended: Promise<DeliveryResult | 'given-back'>;
  /** The worker must stop: aborts what runs, and returns it to the queue if it stopped. */
  shutDown(): void;
}

/** How long to wait for a handler that was asked to stop. */
export const STOP_TIME_MS = 5_000;

/**
 * Runs one attempt within the subscription's time limit. Whatever the handler does (throw, hang,
 * ignore the signal), it ends.
 */
export function runAttempt(
  subscription: Subscription,
  event: EventEnvelope,
  attempt: number,
): RunningAttempt {
  const controller = new AbortController();
  let reason: AbortReason | undefined;
  let giveUp: (result: 'deaf') => void = () => undefined;
  let patience: NodeJS.Timeout | undefined;
  const deaf = new Promise<'deaf'>((resolve) => {
    giveUp = resolve;
  });
  const abort = (why: AbortReason): void => {
    if (reason !== undefined) return;
    reason = why;
    controller.abort(new Error(why));
    patience = setTimeout(() => giveUp('deaf'), STOP_TIME_MS);
  };
  const limit = setTimeout(() => abort('time limit'), subscription.timeoutMs);
  const finish = async (): Promise<DeliveryResult | 'given-back'> => {
    const result = await Promise.race([
      callHandler(subscription, event, attempt, controller.signal),
      deaf,
    ]);
    clearTimeout(limit);
    clearTimeout(patience);
    return judge(result, reason, subscription.timeoutMs);
  };
  return { ended: finish(), shutDown: () => abort('shutdown') };
}

async function callHandler(
  subscription: Subscription,
  event: EventEnvelope,
  attempt: number,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  try {
    return await subscription.deliver({ event, attempt, signal });
  } catch (error) {
    return { state: 'failed', reason: reasonOf(error) || 'the handler threw nothing' };
  }
}

/** What was done when the end came is done. */
function judge(
  result: DeliveryResult | 'deaf',
  reason: AbortReason | undefined,
  limitMs: number,
): DeliveryResult | 'given-back' {
  if (result !== 'deaf' && (reason === undefined || result.state === 'done')) return result;
  if (reason === 'shutdown') return 'given-back';
  const detail = result === 'deaf' ? ', and it did not stop' : '';
  return {
    state: 'failed',
    reason: `no answer within ${limitMs} ms${detail}`,
    ...outputOf(result),
  };
}

function outputOf(result: DeliveryResult | 'deaf'): { readonly output?: string } {
  return result !== 'deaf' && 'output' in result && result.output !== undefined
    ? { output: result.output }
    : {};
}
