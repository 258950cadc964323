import type { DeliveryResult } from '../subscription.ts';
import type { Attempt } from './attempt-delivery.ts';
import { askedDelay } from './retry-schedule.ts';

/**
 * Returns what an attempt means for its delivery, by the rules of Standard Webhooks 1.0: any status
 * but 2xx is a failure and is tried again, except 410, which ends the delivery.
 */
export function resultOfAttempt(
  made: Attempt,
  attempt: number,
  moment: { readonly now: number; readonly random: number },
): DeliveryResult {
  if (!made.isAnswered) return { state: 'failed', reason: made.reason };
  const { status, body, retryAfter } = made;
  if (status >= 200 && status < 300)
    return { state: 'done', output: `HTTP ${status}${body === '' ? '' : `: ${body}`}` };
  const reason = reasonFor(made);
  if (status === 410) return { state: 'gone', reason };
  return {
    state: 'failed',
    reason,
    ...(retryAfter === undefined ? {} : { afterMs: askedDelay(retryAfter, attempt, moment) }),
  };
}

/** Describes a receiver's answer in one line. */
export function reasonFor({
  status,
  body,
  redirectedTo,
}: Extract<Attempt, { readonly isAnswered: true }>): string {
  const detail = body === '' ? '' : `: ${body}`;
  if (status >= 300 && status < 400)
    return `HTTP ${status}: it redirects to ${redirectedTo ?? 'nowhere'}, and redirects are not followed`;
  return status === 410 ? `HTTP 410: the receiver is gone${detail}` : `HTTP ${status}${detail}`;
}
