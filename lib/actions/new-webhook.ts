import { readFileSync } from 'node:fs';
import { checkWebhook, type Webhook } from '../delivery/webhooks/webhook-list.ts';
import { parseSecret, makeSecret } from '../delivery/webhooks/webhook-secret.ts';
import { parseWebhookUrl } from '../delivery/webhooks/webhook-url.ts';
import { isoTime } from '../core/clock.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';

/** The webhook to add. */
export interface WebhookRequest {
  readonly url: string;
  /** Left out: the host of the URL. */
  readonly name?: string;
  /** Globs over types. @defaultValue all */
  readonly types?: readonly string[];
  /** Left out: a new one. */
  readonly secret?: string;
  /** Absolute path of a certificate in PEM that signed that of the receiver. */
  readonly caFile?: string;
}

/**
 * The webhook that an order describes.
 * @param secret As {@link resolveWebhookSecret} gives it.
 * @param taken Names that are on the list. @throws {@link WaymarkError} USAGE, with no secret in
 * it.
 */
export function createWebhook(
  { url, name, types, caFile }: Omit<WebhookRequest, 'secret'>,
  secret: string,
  { now, taken }: { readonly now: number; readonly taken: readonly string[] },
): Webhook {
  const accepted = parseWebhookUrl(url);
  if (!accepted.ok) throw invalid(`Cannot post to this URL: ${accepted.reason}`);
  if (name !== undefined && taken.includes(name))
    throw invalid(
      `Cannot add webhook ${name}: the name is taken`,
      'Choose another --name, or remove that one first.',
    );
  const checked = checkWebhook({
    name: name ?? freeName(new URL(accepted.url).hostname, taken),
    id: createWebhookId(),
    url: accepted.url,
    types: types ?? ['*'],
    secret,
    ...(caFile === undefined ? {} : { caFile: certificateIn(caFile) }),
    addedAt: isoTime(now),
  });
  if (!checked.ok) throw invalid(`Cannot add the webhook: ${checked.reason}`);
  return checked.webhook;
}

/** The id of a webhook that is switched on now. */
export function createWebhookId(): string {
  return `wh_${process.getBuiltinModule('node:crypto').randomBytes(8).toString('hex')}`;
}

/** The secret to use, new unless one is given. @throws {@link WaymarkError} USAGE */
export function resolveWebhookSecret(given: string | undefined): string {
  if (given === undefined) return makeSecret();
  const accepted = parseSecret(given);
  if (accepted === undefined)
    throw invalid(
      'Cannot use the secret: it must be whsec_ and base64 of 24 to 64 bytes',
      'Leave it out to generate one.',
    );
  return accepted;
}

/** The host without signs that names do not have, and with a number if there is one already. */
function freeName(host: string, taken: readonly string[]): string {
  const name =
    host
      .replace(/[^a-z0-9._-]/g, '')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 60) || 'webhook';
  let count = 1;
  while (taken.includes(count === 1 ? name : `${name}-${count}`)) count += 1;
  return count === 1 ? name : `${name}-${count}`;
}

function certificateIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`Cannot read ${file}: ${reasonOf(error)}`, 'Check the path and who may read it.');
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw invalid(`Cannot use ${file}: it has no PEM certificate`);
  return file;
}

function invalid(problem: string, remedy?: string): WaymarkError {
  return new WaymarkError('USAGE', problem, {
    remedy: remedy ?? 'See `waymark webhooks add --help` and `waymark docs webhooks`.',
  });
}
