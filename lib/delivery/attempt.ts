import type { EventEnvelope } from '../events/envelope.ts';
import { reasonOf } from '../core/errors.ts';
import type { DeliveryResult, Subscription } from './subscription.ts';

/** The reason of an abort signal. */
export type AbortReason = 'time limit' | 'shutdown';

/** A running attempt. */
export interface RunningAttempt {
  /** Resolves at its end, never rejects. `given-back`: the worker had to stop before it ended. */
  readonly ended: Promise<DeliveryResult | 'given-back'>;
  /**
   * The worker must stop: aborts the handler. If the handler stops, its delivery returns to the
   * queue.
   */
  shutDown(): void;
}

/** How long to wait for a handler after its signal was aborted. */
export const STOP_TIME_MS = 5_000;

/**
 * Runs one attempt within the subscription's time limit. It always ends, whatever the handler does:
 * throw, hang, or ignore the signal.
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
    return decideResult(result, reason, subscription.timeoutMs);
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

/** Decides the result. Work that was finished when the abort came counts. */
function decideResult(
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
