import { randomBytes } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import {
  parseSecret,
  makeSecret,
  signedHeaders,
  withoutSecret,
} from '../../../../lib/delivery/webhooks/webhook-secret.ts';

const NOW = Math.floor(Date.now() / 1000);
const BODY = '{"data":"größer than 日本語"}';

describe('signedHeaders', () => {
  it('convinces a receiver that uses the reference library', () => {
    const secret = makeSecret();
    expect(new Webhook(secret).verify(BODY, signedHeaders(secret, 'evt_1', NOW, BODY))).toEqual(
      JSON.parse(BODY),
    );
  });

  it.each([
    ['another secret', makeSecret(), BODY, {}],
    ['another body', undefined, `${BODY} `, {}],
    ['another id', undefined, BODY, { 'webhook-id': 'evt_2' }],
    ['another time', undefined, BODY, { 'webhook-timestamp': String(NOW - 1) }],
  ])('does not hold for %s', (_what, other, body, changed) => {
    const secret = makeSecret();
    const headers = { ...signedHeaders(secret, 'evt_1', NOW, BODY), ...changed };
    expect(() => new Webhook(other ?? secret).verify(body, headers)).toThrow(
      WebhookVerificationError,
    );
  });
});

describe('parseSecret', () => {
  it('takes a secret with or without its prefix, and the white space around it', () => {
    const secret = makeSecret();
    expect([
      parseSecret(secret),
      parseSecret(secret.slice(6)),
      parseSecret(` ${secret}\n`),
    ]).toEqual([secret, secret, secret]);
  });

  it.each([
    ['one of 24 bytes', 24, true],
    ['one of 64 bytes', 64, true],
    ['a shorter one', 23, false],
    ['a longer one', 65, false],
  ])('knows the length of %s', (_what, length, isTaken) => {
    expect(parseSecret(`whsec_${randomBytes(length).toString('base64')}`) !== undefined).toBe(
      isTaken,
    );
  });

  it('rejects what is not base64', () => {
    expect(parseSecret('correct horse battery staple, and more of that')).toBeUndefined();
  });
});

describe('makeSecret', () => {
  it('makes a new one each time, of 32 bytes', () => {
    expect(makeSecret()).not.toBe(makeSecret());
    expect(makeSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});

describe('withoutSecret', () => {
  it('removes a secret with its prefix and without', () => {
    const secret = makeSecret();
    expect(withoutSecret(`got ${secret}, key ${secret.slice(6)}.`, secret)).toBe(
      'got [redacted], key [redacted].',
    );
  });
});
