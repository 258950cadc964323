import { reasonOf } from '../../core/errors.ts';
import type { AbortReason } from '../attempt.ts';
import type {
  DeliveryOrder,
  DeliveryResult,
  Subscription,
  SubscriptionSource,
} from '../subscription.ts';
import { type Attempt, attemptDelivery } from './attempt-delivery.ts';
import { fileStamp, NO_FILE } from './file-stamp.ts';
import { resultOfAttempt } from './attempt-result.ts';
import type { Poster } from './poster.ts';
import { MAX_ATTEMPTS, retryDelay } from './retry-schedule.ts';
import { type HealthParts, WebhookHealth } from './webhook-health.ts';
import { readWebhooks, type Webhook, webhooksFile } from './webhook-list.ts';

export interface WebhookParts extends HealthParts {
  readonly poster: Poster;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** How long a receiver may take to answer. */
export const ANSWER_MS = 15_000;

/** Posts to one receiver at once. A failing one gets one at a time until it accepted something. */
const CONCURRENCY = { well: 4, failing: 1 } as const;

/**
 * Makes subscriptions from the webhooks of a state folder, called `webhook/NAME`. Follows the list;
 * if the list is unreadable, it changes nothing and logs the reason.
 */
export function webhookSource(parts: WebhookParts): SubscriptionSource {
  const file = webhooksFile(parts.root);
  const health = new WebhookHealth(parts);
  let seen = NO_FILE;
  let webhooks: readonly Webhook[] = [];
  let stateChanges = health.stateChanges;
  let subscriptions: readonly Subscription[] = [];
  return () => {
    const stamp = fileStamp(file);
    const isNew = stamp !== seen;
    seen = stamp;
    if (isNew) webhooks = readAgain(file, parts) ?? webhooks;
    if (webhooks.length > 0) health.refresh();
    if (!isNew && stateChanges === health.stateChanges) return subscriptions;
    stateChanges = health.stateChanges;
    health.keepOnly(webhooks);
    subscriptions = webhooks
      .filter((webhook) => health.noteOf(webhook).goneAt === undefined)
      .map((webhook) => subscriptionFor(webhook, health, parts));
    return subscriptions;
  };
}

function subscriptionFor(
  webhook: Webhook,
  health: WebhookHealth,
  parts: WebhookParts,
): Subscription {
  return {
    name: `webhook/${webhook.name}`,
    kind: 'webhook',
    types: webhook.types,
    concurrency:
      health.noteOf(webhook).failingSince === undefined ? CONCURRENCY.well : CONCURRENCY.failing,
    timeoutMs: ANSWER_MS,
    maxAttempts: MAX_ATTEMPTS,
    retryDelayMs: (attempt) => retryDelay(attempt, parts.random()),
    deliver: async (order) => await deliver(webhook, order, health, parts),
  };
}

async function deliver(
  webhook: Webhook,
  { event, attempt, signal }: DeliveryOrder,
  health: WebhookHealth,
  { poster, clock, random }: WebhookParts,
): Promise<DeliveryResult> {
  const made = await attemptDelivery(webhook, event, { poster, now: clock(), signal });
  const result = resultOfAttempt(made, attempt, { now: clock(), random: random() });
  if (!isEnding(signal))
    health.record(webhook, event, {
      state: result.state === 'done' || result.state === 'gone' ? result.state : 'failed',
      ...causeOf(made, result),
    });
  return result;
}

/** Whether the stopping worker aborted the attempt: that says nothing about the receiver. */
function isEnding({ reason }: AbortSignal): boolean {
  return reason instanceof Error && reason.message === ('shutdown' satisfies AbortReason);
}

function causeOf(
  made: Attempt,
  result: DeliveryResult,
): { readonly reason: string; readonly status?: number } {
  return {
    reason: result.state === 'done' ? '' : result.reason,
    ...(made.isAnswered ? { status: made.status } : {}),
  };
}

function readAgain(file: string, { log }: WebhookParts): readonly Webhook[] | undefined {
  try {
    const { webhooks, problems } = readWebhooks(file);
    for (const problem of problems)
      log('error', 'WEBHOOKS_INVALID', `Cannot use a part of ${file}: ${problem}`);
    return webhooks;
  } catch (error) {
    log(
      'error',
      'WEBHOOKS_INVALID',
      `Cannot use ${file}: ${reasonOf(error)}; the webhooks stay as they were`,
    );
    return undefined;
  }
}
