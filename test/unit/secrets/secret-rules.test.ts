import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactTokens } from '../../../lib/secrets/redact.ts';
import { REDACTED, SECRET_RULES } from '../../../lib/secrets/secret-rules.ts';
import { mixed, SECRETS } from '../../fixtures/secrets/corpus.ts';

const run = (characters: string, minLength: number, maxLength: number) =>
  fc
    .array(fc.constantFrom(...characters), { minLength, maxLength })
    .map((letters) => letters.join(''));
const one = (...texts: readonly string[]) => fc.constantFrom(...texts);
const inAnyCase = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(text, fc.infiniteStream(fc.boolean()))
    .map(([letters, isUpper]) =>
      [...letters].map((letter) => (isUpper.next().value ? letter.toUpperCase() : letter)).join(''),
    );

/** Every way in which a shape of a token may begin. */
const STARTS =
  'sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or- sk-live- sk-test- sk- rk_live_ rk_test_ sk_live_ sk_test_ pk_live_ pk_test_ whsec_ ' +
  'ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- npm_ pypi- hf_ xoxb- xoxp- xoxz- xapp- ' +
  'hooks.slack.com/services/ AKIA ASIA AIza GOCSPX- ya29. shpat_ shpca_ shppa_ shpss_ lin_api_ dop_v1_ doo_v1_ dor_v1_ hvs. ops_ey ' +
  'AGE-SECRET-KEY-1';

/** Something that a rule takes out, or nearly takes out. */
const shapes = fc.oneof(
  fc.tuple(one(...STARTS.split(' ')), run('abz059', 0, 60)).map((parts) => parts.join('')),
  fc
    .tuple(one('AKIA', 'ASIA', 'AGE-SECRET-KEY-1'), run('ABZ', 14, 60))
    .map((parts) => parts.join('')),
  fc
    .tuple(run('0123456789', 7, 11), one(':AA'), run('abZ_-', 30, 36))
    .map((parts) => parts.join('')),
  one(
    `SG.${mixed(20)}.${mixed(20)}`,
    `eyJ${mixed(20)}.eyJ${mixed(20)}.${mixed(20)}`,
    `-----BEGIN RSA ${'PRIVATE'} KEY-----\nabc`,
    `-----BEGIN ${'PRIVATE'} KEY-----`,
  ),
  fc
    .tuple(
      one('http://', '://', 'x://'),
      run('ab', 0, 3),
      one(':'),
      run('ab1$', 1, 5),
      one('@h', ''),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      inAnyCase(one('authorization', 'bearer', 'basic', 'cookie')),
      one(': ', '=', ' ', '\t', ': Bearer '),
      run('abZ09=', 3, 24),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      one('?', '&'),
      inAnyCase(one('key', 'sig', 'signature', 'x-amz-signature', 'x-goog-signature')),
      one('='),
      run('abZ09%', 14, 24),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      one('-u', '--user'),
      one(' ', '='),
      one('"', ''),
      run('ab', 1, 3),
      one(':'),
      run('aB1', 3, 8),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      one('', '--', '-', '--db-', 'x_'),
      inAnyCase(
        one(
          ...[
            'password',
            'passwd',
            'passphrase',
            'pass',
            'x_pass',
            'x-pwd',
            '_pwd',
            'secret',
            'secret_key_base',
            'token',
            'apikey',
            'api_key',
            'access-key',
          ],
          ...[
            'account_key',
            'private_key',
            'secret-key',
            'auth_key',
            'signingkey',
            'encryption_key',
          ],
        ),
      ),
      one('=', ': ', ' => ', ' ', '": "', '\t'),
      run('abZ09', 2, 9),
    )
    .map((parts) => parts.join('')),
  one(...SECRETS.map(({ text }) => text)),
);
const around = one('', ' ', '"', 'x=', '\u0130', '\u212A', '\n', ';');
const texts = fc
  .array(
    fc.tuple(around, shapes, around).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join(' '));

/** What `redactTokens` does, with every pattern tried on every text. */
function redactWithoutLooking(text: string): string {
  let clean = text;
  for (let again = 0; again < 4; again += 1)
    clean = SECRET_RULES.reduce((rest, rule) => rule.redact(rest), clean);
  return clean;
}

describe('SECRET_RULES', () => {
  it('need nothing that a text with a secret can be without', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(redactTokens(text)).toBe(redactWithoutLooking(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it.each(SECRET_RULES.map((rule, index) => [index, rule] as const))(
    'are each met by the shapes of that test (%i)',
    (_, rule) => {
      expect(
        fc.sample(texts, { numRuns: 500, seed: 7 }).some((text) => rule.redact(text) !== text),
      ).toBe(true);
    },
  );

  it('see each way in which a token begins', () => {
    const tails = ['a1'.repeat(40), 'A2'.repeat(40), 'A'.repeat(16)];
    for (const start of STARTS.split(' '))
      expect(tails.map((tail) => redactTokens(`x ${start}${tail} y`)).join('')).toContain(REDACTED);
  });

  it('leave usual commands and paths without a look', () => {
    for (const text of [
      '/home/ann/projects/wonderful-application/src/components/answer.ts',
      'npm run build && git status --short',
    ]) {
      const looked = SECRET_RULES.filter(({ needs, isCaseSensitive }) =>
        needs.every((group) =>
          group.some((part) => (isCaseSensitive ? text : text.toLowerCase()).includes(part)),
        ),
      );
      expect(looked).toEqual([]);
    }
  });
});
