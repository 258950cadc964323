import { describe, expect, it } from 'vitest';
import { indexedText, MARK, wordsOf } from '../../../lib/search/words.ts';

describe('words', () => {
  it('are runs of letters and digits, in lower case and without accents', () => {
    expect(wordsOf('Déjà vu: foo.barBaz_2').map(({ folded }) => folded)).toEqual([
      ...['deja', 'vu', 'foo', 'barbaz', '2'],
    ]);
  });

  it('are the letters of scripts that put no spaces between words', () => {
    expect(wordsOf('端数 バグ').map(({ folded }) => folded)).toEqual(['端', '数', 'バ', 'グ']);
    expect(wordsOf('สวัสดี').map(({ folded }) => folded)).toEqual(['ส', 'วั', 'ส', 'ดี']);
  });

  it('of Devanagari keep their vowels', () => {
    expect(wordsOf('नमस्ते दुनिया').map(({ folded }) => folded)).toEqual(['नमस्ते', 'दुनिया']);
  });

  it('know where they are in the text', () => {
    expect(wordsOf('a 端x').map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [2, 3],
      [3, 4],
    ]);
  });

  it('stand apart in what is indexed, and hold no mark', () => {
    expect(indexedText(`x端数y${MARK}kindfile`)).toBe('x 端  数 y kindfile');
    expect(indexedText('plain')).toBe('plain');
  });
});
