import { describe, expect, it } from 'vitest';
import { redactTokens } from '../../../lib/secrets/redact.ts';
import { TOKEN_TABLE } from '../../../lib/secrets/token-table.ts';
import { FIELD_LOOKALIKES, FIELD_SECRETS } from '../../fixtures/secrets/field-corpus.ts';
import { HELD_OUT_LOOKALIKES, HELD_OUT_SECRETS } from '../../fixtures/secrets/held-out-corpus.ts';
import { FIFTH_LOOKALIKES, FIFTH_SECRETS } from '../../fixtures/secrets/fifth-corpus.ts';
import { SECOND_LOOKALIKES, SECOND_SECRETS } from '../../fixtures/secrets/second-corpus.ts';
import { FOURTH_LOOKALIKES, FOURTH_SECRETS } from '../../fixtures/secrets/fourth-corpus.ts';
import { THIRD_LOOKALIKES, THIRD_SECRETS } from '../../fixtures/secrets/third-corpus.ts';
import { fillSecrets } from '../../support/secret-corpus.ts';

const SEEDS = [1, 2, 3];

describe('the corpus of secrets', () => {
  it('has at least 200 secrets and 100 look-alikes', () => {
    expect(FIELD_SECRETS.length).toBeGreaterThanOrEqual(200);
    expect(FIELD_LOOKALIKES.length).toBeGreaterThanOrEqual(100);
  });

  it.each(FIELD_SECRETS.map((template, index) => [template, index] as const))(
    'redacts %s',
    (template, index) => {
      for (const seed of SEEDS) {
        const { text, secrets } = fillSecrets(template, index * 7 + seed);
        const clean = redactTokens(text);
        for (const secret of secrets) expect(clean).not.toContain(secret);
      }
    },
  );

  it.each(FIELD_LOOKALIKES)('keeps %s', (text) => {
    expect(redactTokens(text)).toBe(text);
  });
});

describe('the corpus that was held out', () => {
  it('has no secret in clear text', () => {
    const left = HELD_OUT_SECRETS.filter((template, index) =>
      SEEDS.some((seed) => {
        const { text, secrets } = fillSecrets(template, index * 11 + seed);
        const clean = redactTokens(text);
        return secrets.some((secret) => clean.includes(secret));
      }),
    );
    expect(left).toEqual([]);
    expect(HELD_OUT_SECRETS.length).toBeGreaterThanOrEqual(120);
  });

  it('redacts one look-alike: what follows --password counts as a password for any program', () => {
    expect(HELD_OUT_LOOKALIKES.filter((text) => redactTokens(text) !== text)).toEqual([
      'mysql --password shop',
    ]);
  });
});

describe.each([
  { name: 'the second', secrets: SECOND_SECRETS, lookalikes: SECOND_LOOKALIKES, least: [100, 60] },
  { name: 'the third', secrets: THIRD_SECRETS, lookalikes: THIRD_LOOKALIKES, least: [120, 80] },
  { name: 'the fourth', secrets: FOURTH_SECRETS, lookalikes: FOURTH_LOOKALIKES, least: [170, 65] },
  { name: 'the fifth', secrets: FIFTH_SECRETS, lookalikes: FIFTH_LOOKALIKES, least: [70, 41] },
])('$name corpus that was written without sight of the rules', ({ secrets, lookalikes, least }) => {
  it('has no secret in clear text', () => {
    const left = secrets.filter((template, index) =>
      SEEDS.some((seed) => {
        const filled = fillSecrets(template, index * 17 + seed);
        const clean = redactTokens(filled.text);
        return filled.secrets.some((secret) => clean.includes(secret));
      }),
    );
    expect(left).toEqual([]);
    expect(secrets.length).toBeGreaterThanOrEqual(least[0] ?? 0);
  });

  it('redacts no look-alike', () => {
    expect(lookalikes.filter((text) => redactTokens(text) !== text)).toEqual([]);
    expect(lookalikes.length).toBeGreaterThanOrEqual(least[1] ?? 0);
  });
});

describe('the table of tokens', () => {
  it.each(TOKEN_TABLE.map(({ service, unlike }) => [service, unlike] as const))(
    'keeps what begins like a token of %s',
    (_, unlike) => {
      expect(redactTokens(`see ${unlike} here`)).toBe(`see ${unlike} here`);
    },
  );
});
