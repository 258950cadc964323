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
import { judgeAttempt } from './judge-attempt.ts';
import type { Poster } from './poster.ts';
import { MAX_ATTEMPTS, retryDelay } from './retry-schedule.ts';
import { type JournalParts, WebhookJournal } from './webhook-journal.ts';
import { readWebhooks, type Webhook, webhooksFile } from './webhook-list.ts';

export interface WebhookParts extends JournalParts {
  readonly poster: Poster;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** How long a receiver may take to answer. */
export const ANSWER_MS = 15_000;

/** Posts to one receiver at once. One that fails gets one at a time, until it has taken something. */
const CONCURRENCY = { well: 4, failing: 1 } as const;

/** The webhooks of a state folder as subscriptions, called `webhook/NAME`. Follows the list; one that cannot be read changes nothing and is named. */
export function webhookSource(parts: WebhookParts): SubscriptionSource {
  const file = webhooksFile(parts.root);
  const journal = new WebhookJournal(parts);
  let seen = NO_FILE;
  let webhooks: readonly Webhook[] = [];
  let turns = journal.turns;
  let subscriptions: readonly Subscription[] = [];
  return () => {
    const stamp = fileStamp(file);
    const isNew = stamp !== seen;
    seen = stamp;
    if (isNew) webhooks = readAgain(file, parts) ?? webhooks;
    if (webhooks.length > 0) journal.refresh();
    if (!isNew && turns === journal.turns) return subscriptions;
    turns = journal.turns;
    journal.keepOnly(webhooks);
    subscriptions = webhooks
      .filter((webhook) => journal.noteOf(webhook).goneAt === undefined)
      .map((webhook) => subscriptionFor(webhook, journal, parts));
    return subscriptions;
  };
}

function subscriptionFor(
  webhook: Webhook,
  journal: WebhookJournal,
  parts: WebhookParts,
): Subscription {
  return {
    name: `webhook/${webhook.name}`,
    kind: 'webhook',
    types: webhook.types,
    concurrency:
      journal.noteOf(webhook).failingSince === undefined ? CONCURRENCY.well : CONCURRENCY.failing,
    timeoutMs: ANSWER_MS,
    maxAttempts: MAX_ATTEMPTS,
    retryDelayMs: (attempt) => retryDelay(attempt, parts.random()),
    deliver: async (order) => await deliver(webhook, order, journal, parts),
  };
}

async function deliver(
  webhook: Webhook,
  { event, attempt, signal }: DeliveryOrder,
  journal: WebhookJournal,
  { poster, clock, random }: WebhookParts,
): Promise<DeliveryResult> {
  const made = await attemptDelivery(webhook, event, { poster, now: clock(), signal });
  const result = judgeAttempt(made, attempt, { now: clock(), random: random() });
  if (!isEnding(signal))
    journal.record(webhook, event, {
      state: result.state === 'done' || result.state === 'gone' ? result.state : 'failed',
      ...causeOf(made, result),
    });
  return result;
}

/** Whether the worker cut the attempt short because it ends: that says nothing about the receiver. */
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
