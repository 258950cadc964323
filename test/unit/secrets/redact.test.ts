import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, redactNamed, redactTokens } from '../../../lib/secrets/redact.ts';
import { HARMLESS, mixed, SECRETS } from '../../fixtures/secrets/corpus.ts';

const pieces = fc.oneof(
  fc.constantFrom(
    ...SECRETS.map(({ text }) => text),
    ...SECRETS.map(({ secret }) => secret),
    ...HARMLESS,
  ),
  fc.constantFrom(
    ' ',
    '=',
    ': ',
    '"',
    "'",
    '\\"',
    '--token ',
    'password=',
    'Authorization: Bearer ',
    '://a:',
    '@',
    '-----',
    REDACTED,
    '\n',
    '&sig=',
    '-u a:',
  ),
  fc.string({ maxLength: 12 }),
);
const texts = fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join(''));

describe('redactTokens', () => {
  it.each(SECRETS)('redacts: $name', ({ text, secret }) => {
    const clean = redactTokens(text);
    expect(clean).not.toContain(secret);
    expect(clean).toContain(REDACTED);
  });

  it.each(HARMLESS)('keeps %j', (text) => {
    expect(redactTokens(text)).toBe(text);
  });

  it.each([
    ['curl -u admin:gr33nTea https://x.example', `curl -u admin:${REDACTED} https://x.example`],
    ['export DB_PASSWORD=hunter2 && ./start', `export DB_PASSWORD=${REDACTED} && ./start`],
    ['{"password":"hunter2","n":1}', `{"password":"${REDACTED}","n":1}`],
    [
      'psql postgres://app:gr33n@Tea@db:5432/app',
      `psql postgres://${REDACTED}:${REDACTED}@db:5432/app`,
    ],
    ['tool --token abc -v', `tool --token ${REDACTED} -v`],
    ['?token=abcdef&x=1', `?token=${REDACTED}&x=1`],
  ])('keeps what stands around the secret: %s', (text, clean) => {
    expect(redactTokens(text)).toBe(clean);
  });

  it('leaves no end of a very long secret', () => {
    for (const long of [
      `ghp_${mixed(50_000)}`,
      `password=${mixed(50_000)}`,
      `eyJ${mixed(9_000)}.eyJ${mixed(9_000)}.${mixed(9_000)}`,
    ]) {
      expect(redactTokens(long).length).toBeLessThan(30);
    }
  });

  it('redacts a private key up to its end and keeps what follows', () => {
    const key = `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----\n${mixed(300)}\n-----END OPENSSH PRIVATE KEY-----`;
    expect(redactTokens(`cat <<EOF\n${key}\nEOF\nls -la`)).toBe(
      `cat <<EOF\n${REDACTED}\nEOF\nls -la`,
    );
  });

  it('redacts a secret that was only too close to another one', () => {
    expect(redactTokens(`${'AK'}IA${'ABCD'.repeat(4)}ghp_${mixed(36)}`)).toBe(REDACTED + REDACTED);
  });

  it('changes nothing when it is applied twice', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const once = redactTokens(text);
        expect(redactTokens(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    'eyJaaaaaaaa.',
    '-----BEGIN PRIVATE KEY',
    '://a:b',
    'password',
    '--a-',
    'SG.aaaaaaaaaaaaaaaaa.',
    'Authorization: ',
    'token: ',
  ])('gets through a megabyte of %j', (piece) => {
    const text = piece.repeat(Math.ceil(1_048_576 / piece.length));
    expect(redactTokens(text)).toBeTypeOf('string');
  });
});

describe('redactNamed', () => {
  it.each(['password', 'DB_PASSWORD', 'clientSecret', 'access_token', 'x-api-key', 'pass'])(
    'takes out the value of %s',
    (name) => {
      expect(redactNamed(name, 'hunter2')).toBe(REDACTED);
    },
  );

  it.each([
    ['command', 'hunter2'],
    ['max_tokens', '4096'],
    ['token_count', '12'],
    ['password', ''],
    ['password', '$DB_PASSWORD'],
    ['token', '12'],
    ['compass', 'north'],
  ])('keeps %s = %j', (name, value) => {
    expect(redactNamed(name, value)).toBe(value);
  });
});
