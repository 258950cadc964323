import { describe, expect, it } from 'vitest';
import { secretFinder } from '../../../lib/secrets/find-secrets.ts';
import { mixed } from '../../fixtures/secrets/corpus.ts';

const findSecrets = secretFinder();
const token = ['ghp', mixed(36)].join('_');

describe('findSecrets', () => {
  it('says where each secret is and which rule found it', async () => {
    expect(await findSecrets(`é ${token} x`)).toEqual([[2, 42, 'github']]);
  });

  it('counts from the start of a text with a byte order mark', async () => {
    expect(await findSecrets(`\uFEFF${token}`)).toEqual([[1, 41, 'github']]);
  });

  it('is not switched off by a comment in the text', async () => {
    expect(await findSecrets(`// secretlint-disable\n${token}`)).toHaveLength(1);
  });

  it('applies the rules that ask for a file name', async () => {
    expect(
      (await findSecrets(`https://${mixed(20)}:x-oauth-basic@github.com/a`)).map(
        ([, , rule]) => rule,
      ),
    ).toContain('npm');
  });

  it('finds nothing in an empty text', async () => {
    expect(await findSecrets('')).toEqual([]);
  });
});
