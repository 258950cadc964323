import { attemptDelivery } from '../delivery/webhooks/attempt-delivery.ts';
import { reasonFor } from '../delivery/webhooks/attempt-result.ts';
import { httpPoster } from '../delivery/webhooks/poster.ts';
import { ANSWER_MS } from '../delivery/webhooks/webhook-source.ts';
import { PRIORITY, sealEvent } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { ActionContext } from './action-context.ts';
import { findWebhook } from './edit-webhooks.ts';

/** What came of a test. */
export interface WebhookTestResult {
  readonly ok: boolean;
  /** `null` without an answer. */
  readonly status: number | null;
  readonly ms: number;
  readonly said: string;
}

/**
 * Posts one event of the type `webhook.tested` to a webhook, past queue and worker, once. Nothing
 * is noted of it.
 * @throws what {@link findWebhook} throws.
 */
export async function tryWebhook(
  { folder, clock }: Pick<ActionContext, 'folder' | 'clock'>,
  name: string,
): Promise<WebhookTestResult> {
  const webhook = findWebhook(folder, 'test', name);
  const poster = httpPoster();
  const event = sealEvent(
    { type: 'webhook.tested', priority: PRIORITY.normal, payload: { name: webhook.name } },
    stampSource(clock)(),
    'cli',
  );
  const began = performance.now();
  try {
    const made = await attemptDelivery(webhook, event, {
      poster,
      now: clock(),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const ms = Math.round(performance.now() - began);
    if (!made.isAnswered) return { ok: false, status: null, ms, said: made.reason };
    return {
      ok: made.status >= 200 && made.status < 300,
      status: made.status,
      ms,
      said: reasonFor(made),
    };
  } finally {
    poster.close();
  }
}
