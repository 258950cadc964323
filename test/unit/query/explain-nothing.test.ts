import { describe, expect, it } from 'vitest';
import { formatNothingFound } from '../../../lib/cli/text/hit-text.ts';
import { explainNothing } from '../../../lib/query/explain-nothing.ts';
import type { SearchOptions } from '../../../lib/query/search-hit.ts';
import { SCENE_START, type SearchScene, searchScene } from '../../support/search-scene.ts';

async function scene(): Promise<SearchScene> {
  const made = searchScene();
  made.say('one', [
    { second: 1, prompt: 'Round the cents' },
    { second: 2, answer: 'The rounding of cent amounts is in money.ts' },
    { second: 3, call: 'npm test', result: 'rounding failed', hasFailed: true },
  ]);
  await made.build();
  return made;
}

function explain({ folder }: SearchScene, words: string, options: Partial<SearchOptions> = {}) {
  return explainNothing(folder, words, { limit: 20, now: SCENE_START + 3_600_000, ...options });
}

describe('explainNothing', () => {
  it('counts the places without the limits of the search', async () => {
    const found = await explain(await scene(), 'rounding', { scopes: ['prompts'] });
    expect(found).toEqual({ withoutLimits: 2, beginnings: undefined, parts: [] });
    expect(formatNothingFound(found)).toEqual([
      'Nothing found with these limits; 2 places without them.',
    ]);
  });

  it('counts the places of each word alone', async () => {
    const found = await explain(await scene(), 'round failed zebra');
    expect(found.parts).toEqual([
      { text: 'round', places: 1 },
      { text: 'failed', places: 1 },
      { text: 'zebra', places: 0 },
    ]);
    expect(formatNothingFound(found)).toEqual([
      'Nothing found: a place must have all of the words. Alone, they are in:',
      '  round   1 place',
      '  failed  1 place',
      '  zebra   none',
    ]);
  });

  it('offers beginnings where they are found', async () => {
    const made = await scene();
    const found = await explain(made, "roun cent 'amou");
    expect(found.beginnings).toEqual({ words: "roun* cent* 'amou*", places: 1 });
    expect(formatNothingFound(found).slice(-2)).toEqual([
      'A star finds words that begin so (1 place):',
      "  `waymark search 'roun* cent* '\\''amou*'`",
    ]);
    expect((await made.search("roun* cent* 'amou*")).hits).toHaveLength(1);
    expect((await explain(made, 'zebr')).beginnings).toBeUndefined();
    expect((await explain(made, 'zebr*')).beginnings).toBeUndefined();
  });

  it('says only that nothing is found for one word, and for more words than it counts', async () => {
    const made = await scene();
    for (const words of ['zebra', 'a b c d e f zebra', 'zebra zebra'])
      expect(formatNothingFound(await explain(made, words))).toEqual(['Nothing found.']);
  });

  it('says that no word is found alone', async () => {
    expect(formatNothingFound(await explain(await scene(), 'zebra gnu'))).toEqual([
      'Nothing found, nor any of the words alone.',
    ]);
  });
});
