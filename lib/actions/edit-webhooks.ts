import { randomBytes } from 'node:crypto';
import {
  checkWebhook,
  entriesIn,
  type Webhook,
  webhooksFile,
} from '../delivery/webhooks/webhook-list.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { didYouMean } from '../core/nearest.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { withLock } from '../core/with-lock.ts';

/** How often the lock is asked for while another command changes the list. */
const LOCK_TRIES = 10;

/** Puts a webhook on the list. @param make Gets the names that are taken. @throws whatever `make` and {@link editWebhooks} throw. */
export function addWebhook(
  folder: StateFolder,
  make: (taken: readonly string[]) => Webhook,
): Promise<Webhook> {
  return editWebhooks(folder, (entries) => {
    const webhook = make(namesOf(entries));
    return [[...entries, webhook], webhook];
  });
}

/** Stops posting to it. @throws {@link WaymarkError} NOT_FOUND, and what {@link editWebhooks} throws. */
export function removeWebhook(folder: StateFolder, name: string): Promise<void> {
  return editWebhooks(folder, (entries) => {
    requireName(entries, 'remove', name);
    return [entries.filter((entry) => !isNamed(entry, name)), undefined];
  });
}

/** Posts to it again, under a new id. @throws {@link WaymarkError} NOT_FOUND, and what {@link editWebhooks} throws. */
export function enableWebhook(folder: StateFolder, name: string): Promise<void> {
  return editWebhooks(folder, (entries) => {
    requireName(entries, 'enable', name);
    return [
      entries.map((entry) => (isNamed(entry, name) ? { ...entry, id: freshId() } : entry)),
      undefined,
    ];
  });
}

/** The webhook of that name. @throws {@link WaymarkError} NOT_FOUND, WEBHOOK_INVALID */
export function webhookNamed(folder: StateFolder, verb: string, name: string): Webhook {
  const entries = readOrExplain(webhooksFile(folder.root));
  requireName(entries, verb, name);
  const checked = checkWebhook(entries.find((entry) => isNamed(entry, name)));
  if (!checked.ok)
    throw new WaymarkError('WEBHOOK_INVALID', `Cannot ${verb} webhook ${name}: ${checked.reason}`);
  return checked.webhook;
}

/** The id of a webhook that is switched on now. */
export function freshId(): string {
  return `wh_${randomBytes(8).toString('hex')}`;
}

/** Names on a list, whether their entries can be used or not. */
function namesOf(entries: readonly unknown[]): readonly string[] {
  return entries.flatMap((entry) =>
    isJsonObject(entry) && typeof entry['name'] === 'string' ? [entry['name']] : [],
  );
}

/**
 * Changes the list of webhooks, alone while it does; a running worker takes the change up. Entries that cannot be used are left to whoever wrote them.
 * @returns what `change` returns beside the new list.
 * @throws {@link WaymarkError} WEBHOOK_INVALID for a list that cannot be read, SETTINGS_UNWRITABLE; whatever `change` throws. The file is then as it was.
 */
async function editWebhooks<Result>(
  folder: StateFolder,
  change: (entries: readonly unknown[]) => readonly [readonly unknown[], Result],
): Promise<Result> {
  const file = webhooksFile(folder.root);
  return withLock(file, LOCK_TRIES, () => {
    const [entries, result] = change(readOrExplain(file));
    write(file, `${JSON.stringify({ webhooks: entries }, null, 2)}\n`);
    return result;
  });
}

/** What {@link entriesIn} finds. @throws {@link WaymarkError} WEBHOOK_INVALID */
export function readOrExplain(file: string): readonly unknown[] {
  try {
    return entriesIn(file);
  } catch (error) {
    throw new WaymarkError('WEBHOOK_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Mend the file by hand; it was left as it is.',
    });
  }
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
      `Cannot ${verb} webhook ${name}: there is none of that name${didYouMean(name, names)}`,
    );
}

function isNamed(entry: unknown, name: string): entry is JsonObject {
  return isJsonObject(entry) && entry['name'] === name;
}
