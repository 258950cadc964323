import type { DeliveryResult } from '../subscription.ts';
import type { Attempt } from './attempt-delivery.ts';
import { askedDelay } from './retry-schedule.ts';

/** What an attempt means for its delivery, by the rules of Standard Webhooks 1.0: whatever is not 2xx has failed and is tried again, but 410 ends it. */
export function judgeAttempt(
  made: Attempt,
  attempt: number,
  moment: { readonly now: number; readonly random: number },
): DeliveryResult {
  if (!made.isAnswered) return { state: 'failed', reason: made.reason };
  const { status, said, retryAfter } = made;
  if (status >= 200 && status < 300)
    return { state: 'done', output: `HTTP ${status}${said === '' ? '' : `: ${said}`}` };
  const reason = reasonFor(made);
  if (status === 410) return { state: 'gone', reason };
  return {
    state: 'failed',
    reason,
    ...(retryAfter === undefined ? {} : { afterMs: askedDelay(retryAfter, attempt, moment) }),
  };
}

/** One line that says what a receiver answered. */
export function reasonFor({
  status,
  said,
  redirectedTo,
}: Extract<Attempt, { readonly isAnswered: true }>): string {
  const detail = said === '' ? '' : `: ${said}`;
  if (status >= 300 && status < 400)
    return `HTTP ${status}: it redirects to ${redirectedTo ?? 'nowhere'}, and redirects are not followed`;
  return status === 410 ? `HTTP 410: the receiver is gone${detail}` : `HTTP ${status}${detail}`;
}
