import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactTokens } from '../../../lib/secrets/redact.ts';
import { secretFinder } from '../../../lib/secrets/find-secrets.ts';
import { mayHoldSecret } from '../../../lib/secrets/prefilter.ts';
import { HARMLESS, SECRETS } from '../../fixtures/secrets/corpus.ts';

const findSecrets = secretFinder();

const run = (characters: string, minLength: number, maxLength = minLength) =>
  fc
    .array(fc.constantFrom(...characters), { minLength, maxLength })
    .map((letters) => letters.join(''));
const ALNUM = 'abzABZ059';
const WORD = `${ALNUM}_`;
const join = (separator: string, ...parts: ReadonlyArray<fc.Arbitrary<string>>) =>
  fc.tuple(...parts).map((texts) => texts.join(separator));
const one = (...texts: string[]) => fc.constantFrom(...texts);

/** Something that each rule of the library finds, or nearly finds. */
const shapes = fc.oneof(
  join(
    '',
    one('aws_secret_access_key', 'SECRETACCESSKEY', 'SecretAccess_Key'),
    one('', '"', "'"),
    one(' = ', ':', '=>', '\n=\n'),
    one('', '"'),
    run(`${ALNUM}+/=`, 40),
    one('', '"'),
  ),
  join('', one('npm_'), run(WORD, 35, 37)),
  join('', one('https://'), run(ALNUM, 4), one(':x-oauth-basic@github.com/')),
  join(
    '',
    one('http', 'https', 'ftp', 'ftps'),
    one('://'),
    run(`${WORD}-`, 2, 9),
    one(':'),
    run(`${WORD}-`, 4, 9),
    one('@git.corp.dev/x', '@h'),
  ),
  join(
    '-',
    one('xoxb', 'xoxp', 'xapp', 'xoxa', 'xoxo', 'xoxr'),
    run('1', 1),
    run(ALNUM, 5, 40),
    run(ALNUM, 5),
  ),
  join(
    '',
    one('https://hooks.slack.com/services/', 'HTTPS://Hooks.Slack.COM/services/'),
    one('T'),
    run(ALNUM, 8),
    one('/B'),
    run(ALNUM, 8),
    one('/'),
    run(ALNUM, 24),
  ),
  join('.', one('SG'), run(WORD, 22), run(WORD, 43)),
  join('_', one('shppa', 'shpca', 'shpat', 'shpss'), run(ALNUM, 32, 40)),
  join('_', one('ghp', 'gho', 'ghu', 'ghs', 'ghr'), run(WORD, 36)),
  join('_', one('github_pat'), run(WORD, 82)),
  join('', one('sk-'), run(ALNUM, 20), one('T3BlbkFJ'), run(ALNUM, 20)),
  join(
    '',
    one('sk-proj-', 'sk-svcacct-', 'sk-admin-'),
    run(`${WORD}-`, 58),
    one('T3BlbkFJ'),
    run(WORD, 58),
  ),
  join('', one('sk-ant-api03-'), run(`${WORD}-`, 90, 99), one('AA')),
  join('', one('lin_api_'), run(WORD, 32, 40)),
  join(
    '',
    one('mongodb', 'mongodb+srv', 'mysql', 'mysqlx', 'postgres', 'PostgreSQL'),
    one('://'),
    run('ab#@$', 2, 9),
    one(':'),
    run('ab1#$%"', 4, 9),
    one('@db.corp.dev/app'),
  ),
  run(ALNUM, 100, 200).map(
    (body) => `-----BEGIN ${'PRIVATE'} KEY-----\nMII${body}\n-----END PRIVATE KEY-----`,
  ),
);
const placed = fc
  .tuple(one('', ' ', '"', 'x=', 'é', '\n', '\uFEFF'), shapes, one('', ' ', '"', '\n', '.'))
  .map((parts) => parts.join(''));

describe('mayHoldSecret', () => {
  it('knows every rule of the library', () => {
    expect(
      rules.map((rule) => rule.meta.id.replace('@secretlint/secretlint-rule-', '')).toSorted(),
    ).toEqual([
      '1password',
      'anthropic',
      'aws',
      'basicauth',
      'database-connection-string',
      'filter-comments',
      'gcp',
      'github',
      'linear',
      'npm',
      'openai',
      'privatekey',
      'sendgrid',
      'shopify',
      'slack',
    ]);
  });

  it.each(SECRETS)('flags what the library finds: $name', async ({ text }) => {
    const found = await findSecrets(text);
    if (found.length > 0) expect(mayHoldSecret(text)).toBe(true);
  });

  it('flags whatever the library finds in made-up texts, before and after the token shapes are gone', async () => {
    let foundCount = 0;
    await fc.assert(
      fc.asyncProperty(placed, async (text) => {
        for (const variant of [text, redactTokens(text)]) {
          const found = await findSecrets(variant);
          if (found.length > 0 && !variant.includes('[redacted]@'))
            expect(mayHoldSecret(variant)).toBe(true);
          foundCount += found.length;
        }
      }),
      { numRuns: 1_500 },
    );
    expect(foundCount).toBeGreaterThan(500);
  });

  it.each(HARMLESS.filter((text) => !/^postgres/.test(text)))('does not flag %j', (text) => {
    expect(mayHoldSecret(text)).toBe(false);
  });

  it('does not flag what the token list has taken out', () => {
    const flagged = SECRETS.filter(
      (sample) => sample.isForLibrary === undefined && mayHoldSecret(redactTokens(sample.text)),
    );
    expect(flagged).toEqual([]);
  });
});
