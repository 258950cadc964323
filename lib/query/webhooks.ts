import { reasonOf, WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import {
  entriesIn,
  readWebhooks,
  type Webhook,
  webhooksFile,
} from '../delivery/webhooks/webhook-list.ts';
import {
  readNotes,
  type WebhookNote,
  webhookNotesFile,
} from '../delivery/webhooks/webhook-notes.ts';
import { redactUrl } from '../delivery/webhooks/webhook-url.ts';

/**
 * A webhook as it may be shown: without its secret, and without what its address may hold of one.
 * Field names are a contract.
 */
export interface WebhookRow {
  readonly name: string;
  readonly url: string;
  readonly types: readonly string[];
  /** `new` until something was posted; `gone` = switched off, because the receiver said so. */
  readonly state: 'new' | 'well' | 'failing' | 'gone';
  readonly addedAt: string;
  readonly lastSuccessAt: string | null;
  /** When `failing` or `gone` began. */
  readonly since: string | null;
  readonly reason: string | null;
}

/** Every webhook on the list, and what is wrong with entries that cannot be used. */
export interface WebhookRows {
  readonly rows: readonly WebhookRow[];
  readonly problems: readonly string[];
}

/**
 * Every webhook and how its deliveries fare.
 * @throws {@link WaymarkError} WEBHOOK_INVALID for a list that cannot be read.
 */
export async function listWebhooks({ root }: StateFolder): Promise<WebhookRows> {
  const file = webhooksFile(root);
  readWebhookEntries(file);
  const { webhooks, problems } = readWebhooks(file);
  const notes = readNotes(webhookNotesFile(root));
  return { rows: webhooks.map((webhook) => rowOf(webhook, notes.get(webhook.id) ?? {})), problems };
}

/**
 * The entries of the list as they are written, usable or not.
 * @throws {@link WaymarkError} WEBHOOK_INVALID
 */
export function readWebhookEntries(file: string): readonly unknown[] {
  try {
    return entriesIn(file);
  } catch (error) {
    throw new WaymarkError('WEBHOOK_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Fix the file by hand; it was not changed.',
    });
  }
}

function rowOf({ name, url, types, addedAt }: Webhook, note: WebhookNote): WebhookRow {
  return {
    name,
    url: redactUrl(url),
    types,
    state: stateOf(note),
    addedAt,
    lastSuccessAt: note.lastSuccessAt ?? null,
    since: note.goneAt ?? note.failingSince ?? null,
    reason: note.reason ?? null,
  };
}

function stateOf({ goneAt, failingSince, lastSuccessAt }: WebhookNote): WebhookRow['state'] {
  if (goneAt !== undefined) return 'gone';
  if (failingSince !== undefined) return 'failing';
  return lastSuccessAt === undefined ? 'new' : 'well';
}
