import { describe, expect, it } from 'vitest';
import { indexedText, MARK, splitWords } from '../../../lib/search/words.ts';

describe('words', () => {
  it('are runs of letters and digits, in lower case and without accents', () => {
    expect(splitWords('Déjà vu: foo.barBaz_2').map(({ folded }) => folded)).toEqual([
      ...['deja', 'vu', 'foo', 'barbaz', '2'],
    ]);
  });

  it('are the same in a text of ASCII as beside other letters', () => {
    const text = 'Foo.barBaz_2 "x-Y"\t\u0000\u007fEND 0';
    const beside = splitWords(`${text} \u00e9`).slice(0, -1);
    expect(splitWords(text)).toEqual(beside);
    expect(beside.map(({ folded }) => folded)).toEqual([
      ...['foo', 'barbaz', '2', 'x', 'y', 'end', '0'],
    ]);
  });

  it('are the letters of scripts that put no spaces between words', () => {
    expect(splitWords('端数 バグ').map(({ folded }) => folded)).toEqual(['端', '数', 'バ', 'グ']);
    expect(splitWords('สวัสดี').map(({ folded }) => folded)).toEqual(['ส', 'วั', 'ส', 'ดี']);
  });

  it('of Devanagari keep their vowels', () => {
    expect(splitWords('नमस्ते दुनिया').map(({ folded }) => folded)).toEqual(['नमस्ते', 'दुनिया']);
  });

  it('know where they are in the text', () => {
    expect(splitWords('a 端x').map(({ start, end }) => [start, end])).toEqual([
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
