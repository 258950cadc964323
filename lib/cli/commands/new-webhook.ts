import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { freshId } from '../../actions/edit-webhooks.ts';
import { checkWebhook, type Webhook } from '../../delivery/webhooks/webhook-list.ts';
import { acceptSecret, makeSecret } from '../../delivery/webhooks/webhook-secret.ts';
import { acceptUrl } from '../../delivery/webhooks/webhook-url.ts';
import { isoTime } from '../../core/clock.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';

/** How `waymark webhooks add` is called. */
export interface AddFlags {
  readonly name?: string;
  readonly type?: readonly string[];
  readonly secret?: string;
  readonly secretFile?: string;
  readonly caFile?: string;
  readonly json?: boolean;
}

/**
 * The webhook that a command line describes.
 * @param taken Names that are on the list. @throws {@link WaymarkError} USAGE, with no secret in it.
 */
export function newWebhook(
  address: string,
  flags: AddFlags,
  secret: string,
  {
    cwd,
    now,
    taken,
  }: { readonly cwd: string; readonly now: number; readonly taken: readonly string[] },
): Webhook {
  const accepted = acceptUrl(address);
  if (!accepted.ok) throw invalid(`Cannot post to this URL: ${accepted.reason}`);
  if (flags.name !== undefined && taken.includes(flags.name))
    throw invalid(
      `Cannot add webhook ${flags.name}: there is one of that name`,
      'Choose another --name, or remove that one first.',
    );
  const caFile = flags.caFile === undefined ? {} : { caFile: readable(resolve(cwd, flags.caFile)) };
  const checked = checkWebhook({
    name: flags.name ?? freeName(new URL(accepted.url).hostname, taken),
    id: freshId(),
    url: accepted.url,
    types: flags.type ?? ['*'],
    secret,
    ...caFile,
    addedAt: isoTime(now),
  });
  if (!checked.ok) throw invalid(`Cannot add the webhook: ${checked.reason}`);
  return checked.webhook;
}

/**
 * The secret that is to be used, new unless one is given.
 * @throws {@link WaymarkError} USAGE
 */
export function chosenSecret(
  { secret, secretFile }: AddFlags,
  cwd: string,
): { readonly secret: string; readonly isNew: boolean } {
  if (secret === undefined && secretFile === undefined)
    return { secret: makeSecret(), isNew: true };
  if (secret !== undefined && secretFile !== undefined)
    throw new WaymarkError('USAGE', 'Cannot take two secrets: give --secret or --secret-file');
  if (secret !== undefined && secret !== '-')
    throw new WaymarkError(
      'USAGE',
      'Cannot take a secret from the command line, where others can read it',
      {
        remedy: 'Use --secret-file FILE, or --secret - and standard input.',
      },
    );
  const taken = acceptSecret(read(secretFile === undefined ? 0 : resolve(cwd, secretFile)));
  if (taken === undefined)
    throw invalid(
      'Cannot use the secret: it must be whsec_ and base64 of 24 to 64 bytes',
      'Leave it out, and one is made.',
    );
  return { secret: taken, isNew: false };
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

function readable(file: string): string {
  if (!read(file).includes('-----BEGIN CERTIFICATE-----'))
    throw invalid(`Cannot use ${file}: it holds no certificate in PEM`);
  return file;
}

function read(file: string | 0): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(
      `Cannot read ${file === 0 ? 'standard input' : file}: ${reasonOf(error)}`,
      'Check the path and who may read it.',
    );
  }
}

function invalid(problem: string, remedy?: string): WaymarkError {
  return new WaymarkError('USAGE', problem, {
    remedy: remedy ?? 'See `waymark webhooks add --help` and docs/webhooks.md.',
  });
}
