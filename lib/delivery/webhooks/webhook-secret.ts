import { lazy } from '../../core/lazy.ts';

/** Loaded when the first secret is made or used: `waymark webhooks list` does neither. */
const crypto = lazy(() => process.getBuiltinModule('node:crypto'));

const PREFIX = 'whsec_';

/** Sizes of a secret that Standard Webhooks allows, in bytes. */
const KEY_BYTES = { least: 24, most: 64, ours: 32 } as const;

/** Makes a secret: `whsec_` and 32 random bytes in base64. */
export function makeSecret(): string {
  return PREFIX + crypto().randomBytes(KEY_BYTES.ours).toString('base64');
}

/**
 * Normalises a secret, or returns `undefined` if it is not base64 of 24 to 64 bytes. The prefix is
 * optional.
 */
export function parseSecret(text: string): string | undefined {
  const coded = text.trim().replace(PREFIX, '');
  const key = Buffer.from(coded, 'base64');
  const isCoded = key.toString('base64').replace(/=+$/, '') === coded.replace(/=+$/, '');
  return isCoded && key.length >= KEY_BYTES.least && key.length <= KEY_BYTES.most
    ? PREFIX + key.toString('base64')
    : undefined;
}

/**
 * Returns the headers that prove to a receiver that a body is ours, new, and which one it is
 * (Standard Webhooks 1.0, symmetric scheme).
 * @param id The same for all attempts. It contains no dot, which would let one signed text be read
 * as another.
 * @param seconds Time of this attempt, in seconds since the epoch.
 */
export function signedHeaders(
  secret: string,
  id: string,
  seconds: number,
  body: string,
): Readonly<Record<string, string>> {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = crypto()
    .createHmac('sha256', key)
    .update(`${id}.${seconds}.${body}`)
    .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}

/** Removes the secret from `text`, in any encoding that a receiver may repeat. */
export function withoutSecret(text: string, secret: string): string {
  return text
    .replaceAll(secret, '[redacted]')
    .replaceAll(secret.slice(PREFIX.length), '[redacted]');
}
