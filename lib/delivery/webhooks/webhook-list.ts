import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { errnoOf, reasonOf } from '../../core/errors.ts';
import { isJsonObject, stripByteOrderMark } from '../../core/json.ts';
import { parseSecret } from './webhook-secret.ts';
import { parseWebhookUrl } from './webhook-url.ts';

/**
 * Returns the file with the list of webhooks and their secrets. Only the command line writes it.
 */
export const webhooksFile = (root: string): string => `${root}/webhooks.json`;

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const GLOB = /^[a-z0-9_.*-]{1,100}$/;

const text = (fits: (text: string) => boolean, expected: string) =>
  v.pipe(v.string(expected), v.check(fits, expected));

const WEBHOOK = v.object({
  name: text((name) => NAME.test(name), 'must be 1 to 64 lower-case letters, digits or . _ -'),
  /** New each time a webhook is switched on, so that earlier notes do not count. */
  id: text((id) => /^[0-9a-z_]{1,40}$/.test(id), 'must be letters and digits'),
  url: text((url) => parseWebhookUrl(url).ok, 'must be https, or http to this machine'),
  types: v.pipe(
    v.array(
      text((glob) => GLOB.test(glob), 'must be a glob over types, such as task.*'),
      'must be a list',
    ),
    v.minLength(1, 'must not be empty'),
  ),
  secret: text(
    (secret) => parseSecret(secret) === secret,
    'must be whsec_ and base64 of 24 to 64 bytes',
  ),
  caFile: v.exactOptional(text((path) => path.startsWith('/'), 'must be an absolute path')),
  addedAt: v.string('must be a time'),
});

/** Who gets a post, of what, and with which secret. */
export type Webhook = Readonly<v.InferOutput<typeof WEBHOOK>>;

export interface WebhookList {
  readonly webhooks: readonly Webhook[];
  /** What is wrong with the entries that were left out, without their values. */
  readonly problems: readonly string[];
}

/**
 * Reads all usable webhooks of the list; none if the file is missing.
 * @throws if the file is unreadable or not a list: then nothing is known.
 */
export function readWebhooks(file: string): WebhookList {
  const webhooks: Webhook[] = [];
  const problems: string[] = [];
  for (const [index, entry] of entriesIn(file).entries()) {
    const parsed = checkWebhook(entry);
    if (!parsed.ok) problems.push(`webhook ${nameOf(entry) ?? index}: ${parsed.reason}`);
    else if (webhooks.some(({ name }) => name === parsed.webhook.name))
      problems.push(`webhook ${parsed.webhook.name}: its name is used twice`);
    else webhooks.push(parsed.webhook);
  }
  return { webhooks, problems };
}

/** Checks one entry, or names the first wrong field, without its value. */
export function checkWebhook(
  entry: unknown,
):
  | { readonly ok: true; readonly webhook: Webhook }
  | { readonly ok: false; readonly field: string; readonly reason: string } {
  const result = v.safeParse(WEBHOOK, entry, { abortEarly: true });
  if (result.success) return { ok: true, webhook: result.output };
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? 'entry';
  return {
    ok: false,
    field,
    reason: `${field} ${issue.input === undefined ? 'is missing' : issue.message}`,
  };
}

/**
 * Reads the list as written, usable or not; empty if the file is missing.
 * @throws as {@link readWebhooks}
 */
export function entriesIn(file: string): readonly unknown[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  const parsed = parse(content);
  const entries = isJsonObject(parsed) ? parsed['webhooks'] : undefined;
  if (!Array.isArray(entries)) throw new SyntaxError('it has no list called webhooks');
  return entries;
}

/**
 * Parses the list. The error message of `JSON.parse` repeats a part of the text, which contains
 * secrets, so it is replaced.
 */
function parse(content: string): unknown {
  try {
    return JSON.parse(stripByteOrderMark(content));
  } catch (error) {
    const place = /at position \d+/.exec(reasonOf(error))?.[0] ?? '';
    throw new SyntaxError(`it is not JSON ${place}`.trim());
  }
}

function nameOf(entry: unknown): string | undefined {
  const name = isJsonObject(entry) ? entry['name'] : undefined;
  return typeof name === 'string' && NAME.test(name) ? name : undefined;
}
