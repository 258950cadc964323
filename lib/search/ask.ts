import { MARK, type Word, withShortWords, wordsOf } from './words.ts';

/** What a person looks for: words that stand next to each other. A single word is a phrase of one. */
export interface Term {
  /** Folded, at least one. */
  readonly words: readonly string[];
  /** The last word may go on. */
  readonly isPrefix: boolean;
}

/** What was asked for, ready for the index. */
export interface Ask {
  readonly terms: readonly Term[];
  /** There was more than is looked for. */
  readonly isCut: boolean;
}

/** Most words that are looked for; each costs a look into every part of the index. */
const MOST_WORDS = 24;

/** Longest text that is looked at. */
const MOST_UNITS = 4_000;

/** Longest word that the index is asked for. */
const LONGEST_WORD = 200;

const PARTS = /"([^"]*)("?)(\*?)|([^\s"]+)/g;

/**
 * Reads what a person typed: words, `"phrases"`, and `beginnings*`. Whatever else stands there separates words, so that
 * `foo.barBaz` is found as it is typed, and no text is ever refused.
 */
export function parseAsk(text: string): Ask {
  const terms: Term[] = [];
  let left = MOST_WORDS;
  let isCut = text.length > MOST_UNITS;
  for (const match of text.slice(0, MOST_UNITS).matchAll(PARTS)) {
    const [, phrase, , star, word = ''] = match;
    const words = wordsOf(phrase ?? word).map(({ folded }) => folded.slice(0, LONGEST_WORD));
    if (words.length === 0) continue;
    if (words.length > left) isCut = true;
    const taken = words.slice(0, left);
    if (taken.length === 0) break;
    left -= taken.length;
    const isPrefix = phrase === undefined ? word.endsWith('*') : star === '*';
    terms.push({ words: taken, isPrefix: isPrefix && taken.length === words.length });
  }
  return { terms: distinct(terms), isCut };
}

function distinct(terms: readonly Term[]): readonly Term[] {
  return [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()];
}

/** Whether all terms are single words: the index without places is enough for them. */
export function isPlain(terms: readonly Term[]): boolean {
  return terms.every(({ words }) => words.length === 1);
}

/** All terms, for the index that knows where words stand. */
export function phraseQuery(terms: readonly Term[]): string {
  return terms.map(phraseOf).join(' AND ');
}

/** Several terms close to each other; `undefined` for one alone. */
export function nearQuery(terms: readonly Term[]): string | undefined {
  return terms.length < 2 ? undefined : `NEAR(${terms.map(phraseOf).join(' ')}, 8)`;
}

/** The words of all terms, for the index that does not know where they stand. */
export function wordQuery(terms: readonly Term[]): string {
  const parts = terms.flatMap(({ words, isPrefix }) =>
    words.map((word, place) => {
      const isOpen = isPrefix && place === words.length - 1;
      return `"${withShortWords(word)}"${isOpen ? ' *' : ''}`;
    }),
  );
  return [...new Set(parts)].join(' AND ');
}

/** A mark as a part of a query. */
export function markQuery(mark: string): string {
  return `"${MARK}${mark}"`;
}

function phraseOf({ words, isPrefix }: Term): string {
  return `"${words.join(' ')}"${isPrefix ? ' *' : ''}`;
}

/** Where a text has a term. */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/** Where `text` has each term, in its order; `undefined` when it lacks one. */
export function findTerms(text: string, terms: readonly Term[]): readonly Found[] | undefined {
  const words = wordsOf(text);
  const found: Found[] = [];
  for (const term of terms) {
    const places = placesOf(words, term);
    if (places.length === 0) return undefined;
    found.push(...places);
  }
  return found.toSorted((a, b) => a.start - b.start);
}

/** Where `text` has any of the terms. */
export function findSome(text: string, terms: readonly Term[]): readonly Found[] {
  const words = wordsOf(text);
  return terms.flatMap((term) => placesOf(words, term)).toSorted((a, b) => a.start - b.start);
}

function placesOf(words: readonly Word[], { words: wanted, isPrefix }: Term): readonly Found[] {
  const last = wanted.length - 1;
  const found: Found[] = [];
  for (let at = 0; at + last < words.length; at += 1) {
    const fits = wanted.every((word, place) => {
      const there = words[at + place]?.folded ?? '';
      return isPrefix && place === last ? there.startsWith(word) : there === word;
    });
    if (fits) found.push({ start: words[at]?.start ?? 0, end: words[at + last]?.end ?? 0 });
  }
  return found;
}
