import { BEYOND_ASCII, MARK, type Word, shortenLongWords, splitWords } from './words.ts';

/** What to search for: words next to each other. A single word is a phrase of one. */
export interface Term {
  /** Folded, at least one. */
  readonly words: readonly string[];
  /** The last word may go on. */
  readonly isPrefix: boolean;
}

/** What was asked for, ready for the index. */
export interface SearchQuery {
  readonly terms: readonly Term[];
  /** There was more than is looked for. */
  readonly isCut: boolean;
}

/** Most words that are looked for; each costs a look into every part of the index. */
const MAX_WORDS = 24;

/** Longest text that is looked at. */
const MAX_UNITS = 4_000;

/** Longest word that the index is asked for. */
const MAX_WORD_LENGTH = 200;

const PARTS = /"([^"]*)("?)(\*?)|([^\s"]+)/g;

/**
 * Parses what a person typed: words, `"phrases"`, and `beginnings*`. Every other sign separates
 * words, so that `foo.barBaz` is found as typed and every text is accepted.
 */
export function parseQuery(text: string): SearchQuery {
  const terms: Term[] = [];
  let left = MAX_WORDS;
  let isCut = text.length > MAX_UNITS;
  for (const match of text.slice(0, MAX_UNITS).matchAll(PARTS)) {
    const [, phrase, , star, word = ''] = match;
    const words = splitWords(phrase ?? word).map(({ folded }) => folded.slice(0, MAX_WORD_LENGTH));
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

/** The words, phrases and beginnings of what a person typed, each as it was typed. */
export function splitAsk(text: string): readonly string[] {
  const parts = [...text.slice(0, MAX_UNITS).matchAll(PARTS)].map(([part]) => part);
  return [...new Set(parts)].filter((part) => parseQuery(part).terms.length > 0);
}

function distinct(terms: readonly Term[]): readonly Term[] {
  return [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()];
}

/** Whether all terms are single words: the index without places is enough for them. */
export function isPlain(terms: readonly Term[]): boolean {
  return terms.every(({ words }) => words.length === 1);
}

/** All terms, for the index with the positions of words. */
export function buildPhraseQuery(terms: readonly Term[]): string {
  return terms.map(phraseOf).join(' AND ');
}

/** Several terms close to each other; `undefined` for one alone. */
export function buildNearQuery(terms: readonly Term[]): string | undefined {
  return terms.length < 2 ? undefined : `NEAR(${terms.map(phraseOf).join(' ')}, 8)`;
}

/** The words of all terms, for the index without positions. */
export function buildWordQuery(terms: readonly Term[]): string {
  const parts = terms.flatMap(({ words, isPrefix }) =>
    words.map((word, place) => {
      const isOpen = isPrefix && place === words.length - 1;
      return `"${shortenLongWords(word)}"${isOpen ? ' *' : ''}`;
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
  const words = splitWords(text);
  const found: Found[] = [];
  for (const term of terms) {
    const places = placesOf(words, term);
    if (places.length === 0) return undefined;
    found.push(...places);
  }
  return found.toSorted((a, b) => a.start - b.start);
}

/** Where `text` has any of the terms. */
export function findAnyTerms(text: string, terms: readonly Term[]): readonly Found[] {
  const words = splitWords(text);
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

/** Whether texts have terms, for many texts: finding where costs ten times as much. */
export interface TermTests {
  readonly hasAny: (text: string) => boolean;
  readonly hasAll: (text: string) => boolean;
}

/** The same answers as of {@link findTerms} and {@link findAnyTerms}. */
export function createTermTests(terms: readonly Term[]): TermTests {
  const shapes = terms.every(({ words }) => words.every((word) => ASCII.test(word)))
    ? terms.map(shapeOf)
    : undefined;
  const shapesFor = (text: string) => (BEYOND_ASCII.test(text) ? undefined : shapes);
  return {
    hasAny: (text) =>
      shapesFor(text)?.some((shape) => shape.test(text)) ?? findAnyTerms(text, terms).length > 0,
    hasAll: (text) =>
      shapesFor(text)?.every((shape) => shape.test(text)) ?? findTerms(text, terms) !== undefined,
  };
}

const ASCII = /^[a-z0-9]+$/;

/** Of a term in a text of ASCII, where every other sign separates words. */
function shapeOf({ words, isPrefix }: Term): RegExp {
  const end = isPrefix ? '' : '(?![a-z0-9])';
  return new RegExp(`(?<![a-z0-9])${words.join('[^a-z0-9]+')}${end}`, 'i');
}
