import { checkWebhook, type Webhook, webhooksFile } from '../delivery/webhooks/webhook-list.ts';
import { redactUrl } from '../delivery/webhooks/webhook-url.ts';
import { readWebhookEntries } from '../query/webhooks.ts';
import type { ActionContext } from './action-context.ts';
import {
  resolveWebhookSecret,
  createWebhookId,
  createWebhook,
  type WebhookRequest,
} from './new-webhook.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { didYouMean } from '../core/nearest-word.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { withLock } from '../core/with-lock.ts';

/** How often the lock is asked for while another command changes the list. */
const LOCK_TRIES = 10;

/** A webhook that was added. */
export interface AddedWebhook {
  readonly name: string;
  /** Without what may be secret in it. */
  readonly url: string;
  readonly types: readonly string[];
  /** For the receiver. */
  readonly secret: string;
}

/**
 * Puts a webhook on the list.
 * @throws {@link WaymarkError} USAGE with no secret in it, and what {@link editWebhooks} throws.
 */
export async function addWebhook(
  { folder, clock }: Pick<ActionContext, 'folder' | 'clock'>,
  order: WebhookRequest,
): Promise<AddedWebhook> {
  const secret = resolveWebhookSecret(order.secret);
  const { name, url, types } = await editWebhooks(folder, (entries) => {
    const webhook = createWebhook(order, secret, { now: clock(), taken: namesOf(entries) });
    return [[...entries, webhook], webhook];
  });
  return { name, url: redactUrl(url), types, secret };
}

/**
 * Stops posting to it.
 * @throws {@link WaymarkError} NOT_FOUND, and what {@link editWebhooks} throws.
 */
export function removeWebhook(folder: StateFolder, name: string): Promise<void> {
  return editWebhooks(folder, (entries) => {
    requireName(entries, 'remove', name);
    return [entries.filter((entry) => !isNamed(entry, name)), undefined];
  });
}

/**
 * Posts to it again, under a new id.
 * @throws {@link WaymarkError} NOT_FOUND, and what {@link editWebhooks} throws.
 */
export function enableWebhook(folder: StateFolder, name: string): Promise<void> {
  return editWebhooks(folder, (entries) => {
    requireName(entries, 'enable', name);
    return [
      entries.map((entry) => (isNamed(entry, name) ? { ...entry, id: createWebhookId() } : entry)),
      undefined,
    ];
  });
}

/** The webhook of that name. @throws {@link WaymarkError} NOT_FOUND, WEBHOOK_INVALID */
export function findWebhook(folder: StateFolder, verb: string, name: string): Webhook {
  const entries = readWebhookEntries(webhooksFile(folder.root));
  requireName(entries, verb, name);
  const checked = checkWebhook(entries.find((entry) => isNamed(entry, name)));
  if (!checked.ok)
    throw new WaymarkError('WEBHOOK_INVALID', `Cannot ${verb} webhook ${name}: ${checked.reason}`);
  return checked.webhook;
}

/** Names on a list, whether their entries can be used or not. */
function namesOf(entries: readonly unknown[]): readonly string[] {
  return entries.flatMap((entry) =>
    isJsonObject(entry) && typeof entry['name'] === 'string' ? [entry['name']] : [],
  );
}

/**
 * Changes the list of webhooks under a lock; a running worker reads the change. Entries that cannot
 * be used stay as they are.
 * @returns what `change` returns beside the new list.
 * @throws {@link WaymarkError} WEBHOOK_INVALID for a list that cannot be read, SETTINGS_UNWRITABLE;
 * whatever `change` throws. The file is then as it was.
 */
async function editWebhooks<Result>(
  folder: StateFolder,
  change: (entries: readonly unknown[]) => readonly [readonly unknown[], Result],
): Promise<Result> {
  const file = webhooksFile(folder.root);
  return withLock(file, LOCK_TRIES, () => {
    const [entries, result] = change(readWebhookEntries(file));
    write(file, `${JSON.stringify({ webhooks: entries }, null, 2)}\n`);
    return result;
  });
}

function write(file: string, text: string): void {
  try {
    replaceFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function requireName(entries: readonly unknown[], verb: string, name: string): void {
  const names = namesOf(entries);
  if (!names.includes(name))
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot ${verb} webhook ${name}: no webhook has this name${didYouMean(name, names)}`,
    );
}

function isNamed(entry: unknown, name: string): entry is JsonObject {
  return isJsonObject(entry) && entry['name'] === name;
}
