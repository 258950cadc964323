import { readFileSync } from 'node:fs';
import type { EventEnvelope } from '../../events/envelope.ts';
import { reasonOf } from '../../core/errors.ts';
import { redactTokens } from '../../secrets/redact.ts';
import { cloudEvent, webhookId } from './cloud-event.ts';
import type { PostAnswer, Poster } from './poster.ts';
import type { Webhook } from './webhook-list.ts';
import { signedHeaders, withoutSecret } from './webhook-secret.ts';

export interface AttemptParts {
  readonly poster: Poster;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Aborts the attempt. */
  readonly signal: AbortSignal;
}

/**
 * The result of one attempt: an answer, or why there was none. Texts are short, on one line, and
 * without secrets.
 */
export type Attempt =
  | {
      readonly isAnswered: true;
      readonly status: number;
      readonly body: string;
      readonly retryAfter: string | undefined;
      readonly redirectedTo: string | undefined;
    }
  | { readonly isAnswered: false; readonly reason: string };

/** Most characters to keep of a receiver's answer. */
const SAID_CHARACTERS = 200;

/** Posts one signed event to one webhook, once. Never throws. */
export async function attemptDelivery(
  webhook: Webhook,
  event: EventEnvelope,
  { poster, now, signal }: AttemptParts,
): Promise<Attempt> {
  try {
    const body = JSON.stringify(cloudEvent(event));
    const headers = {
      ...signedHeaders(webhook.secret, webhookId(event.event_id), Math.floor(now / 1000), body),
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'waymark',
    };
    const ca = webhook.caFile === undefined ? {} : { ca: readFileSync(webhook.caFile, 'utf8') };
    return answered(webhook, await poster.post({ url: webhook.url, headers, body, signal, ...ca }));
  } catch (error) {
    return {
      isAnswered: false,
      reason: shortText(
        signal.aborted ? 'it did not answer in time' : networkReason(error),
        webhook,
      ),
    };
  }
}

function answered(webhook: Webhook, { status, head, retryAfter, location }: PostAnswer): Attempt {
  return {
    isAnswered: true,
    status,
    body: shortText(head, webhook),
    retryAfter,
    redirectedTo: status >= 300 && status < 400 ? hostOf(location, webhook.url) : undefined,
  };
}

/** Returns where a redirect leads, without parts of a path or query that may be secret. */
function hostOf(location: string | undefined, base: string): string | undefined {
  return location !== undefined && URL.canParse(location, base)
    ? new URL(location, base).origin
    : undefined;
}

/**
 * Returns the reason of a network error. A host with several addresses fails with a list of errors
 * and no message of its own.
 */
function networkReason(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return reasonOf(first) || 'the connection failed';
}

function shortText(text: string, { secret }: Webhook): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return redactTokens(withoutSecret(line, secret)).slice(0, SAID_CHARACTERS);
}
