/**
 * Scripts that put no spaces between words. Each of their letters is a word of the index, and
 * several in a row are found as a phrase: where a dictionary would cut depends on what is around,
 * so that a word cut on its own is missed in a sentence.
 */
const UNSPACED =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}]|[\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]\\p{M}*';

/**
 * What the tokenizer of SQLite takes for a part of a word, with the marks that many scripts need.
 */
const PART = '[\\p{L}\\p{N}\\p{M}\\p{Co}]';

const ASCII_WORD = /[a-z0-9]+/gi;
const UNSPACED_LETTER = new RegExp(UNSPACED, 'gu');
const WORD = new RegExp(`${UNSPACED}|(?:(?!${UNSPACED})${PART})+`, 'gu');
const BEYOND_LATIN = /[^\u0000-\u02ff]/;
const MARKS_OF_LATIN = /[\u0300-\u036f]/g;

/** Of words in output that are longer, such as hashes, the index has the beginning. */
const LONG_WORD = 16;
const LONGER_WORD = new RegExp(`(${PART}{${LONG_WORD}})${PART}+`, 'gu');
const LONGER_ASCII_WORD = new RegExp(`([a-z0-9]{${LONG_WORD}})[a-z0-9]+`, 'gi');
export const BEYOND_ASCII = /[^\0-\x7f]/;

/** A text with the beginnings of long words alone. */
export function shortenLongWords(text: string): string {
  // classes of all scripts cost a third of what indexing a text does
  return text.replace(BEYOND_ASCII.test(text) ? LONGER_WORD : LONGER_ASCII_WORD, '$1');
}

/** Marks documents in the index; no text that is indexed holds it. */
export const MARK = '\uE000';

/** A word in a text, and where it is. */
export interface Word {
  /** In lower case, without accents. */
  readonly folded: string;
  readonly start: number;
  readonly end: number;
}

/** `text` as it goes into the index: words of every script apart from each other. */
export function indexedText(text: string): string {
  if (!BEYOND_LATIN.test(text)) return text;
  return text.normalize('NFC').replaceAll(MARK, ' ').replace(UNSPACED_LETTER, ' $& ');
}

/** The words of a text, in their order, cut as the index cuts them. */
export function splitWords(text: string): readonly Word[] {
  if (!BEYOND_ASCII.test(text)) return splitAscii(text);
  const words: Word[] = [];
  for (const match of text.matchAll(WORD)) {
    const folded = fold(match[0]);
    if (folded === '') continue;
    words.push({ folded, start: match.index, end: match.index + match[0].length });
  }
  return words;
}

/** The same words, for a fraction of what classes of all scripts cost. */
function splitAscii(text: string): readonly Word[] {
  const words: Word[] = [];
  for (const { 0: word, index } of text.matchAll(ASCII_WORD))
    words.push({ folded: word.toLowerCase(), start: index, end: index + word.length });
  return words;
}

function fold(word: string): string {
  const lower = word.toLowerCase();
  return lower.normalize('NFD').replace(MARKS_OF_LATIN, '').normalize('NFC').replaceAll(MARK, '');
}
