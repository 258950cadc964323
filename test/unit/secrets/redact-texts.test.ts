import { describe, expect, it } from 'vitest';
import { redactTexts } from '../../../lib/secrets/redact-texts.ts';
import { NOT_CHECKED } from '../../../lib/secrets/secret-range.ts';
import { HARMLESS, mixed } from '../../fixtures/secrets/corpus.ts';

const token = ['ghp', mixed(36)].join('_');
const forLibrary = ['npm', mixed(20), mixed(15)].join('_');

describe('redactTexts', () => {
  it('keeps order, takes out token shapes and asks once for each text that is flagged', async () => {
    const asked: string[] = [];
    const redact = async (texts: readonly string[]) => {
      asked.push(...texts);
      return texts.map(() => 'clean');
    };
    expect(await redactTexts(['a', token, forLibrary, 'b', forLibrary], { redact })).toEqual([
      'a',
      '[redacted]',
      'clean',
      'b',
      'clean',
    ]);
    expect(asked).toEqual([forLibrary]);
  });

  it('asks nothing and changes nothing when no text is flagged', async () => {
    const plain = HARMLESS.filter((text) => !text.startsWith('postgres:'));
    expect(
      await redactTexts(plain, { redact: async () => Promise.reject(new Error('asked')) }),
    ).toEqual(plain);
  });

  it('replaces a flagged text that got no answer, and no other', async () => {
    expect(await redactTexts([forLibrary, 'plain'], { redact: async () => [] })).toEqual([
      NOT_CHECKED,
      'plain',
    ]);
  });
});
