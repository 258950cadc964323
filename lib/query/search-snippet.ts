import { oneLine } from '../core/one-line.ts';
import { type Found, findAnyTerms, type Term } from '../search/parse-query.ts';

/** A piece of a text around what was found, on one line. */
export interface Snippet {
  readonly text: string;
  /** Where the words that were found begin and end in it, in UTF-16 units. */
  readonly marks: ReadonlyArray<readonly [start: number, end: number]>;
}

const BEFORE = 40;

/**
 * The part of `text` with most of the terms, not longer than `limit` by much. Without any of them,
 * its beginning.
 */
export function createSnippet(text: string, terms: readonly Term[], limit: number): Snippet {
  const found = findAnyTerms(text, terms);
  const first = bestStart(found, limit - BEFORE);
  const start = wordStart(text, Math.max(0, (first?.start ?? 0) - BEFORE));
  const end = Math.min(text.length, start + limit);
  let line = start > 0 ? '… ' : '';
  const marks: Array<readonly [number, number]> = [];
  let at = start;
  const add = (piece: string): void => {
    if (piece === '') return;
    const clean = oneLine(piece) === '' ? ' ' : spaced(piece);
    line += line === '' || line.endsWith(' ') ? clean.trimStart() : clean;
  };
  for (const place of found) {
    if (place.start < at || place.end > end) continue;
    add(text.slice(at, place.start));
    const from = line.length;
    add(text.slice(place.start, place.end));
    marks.push([from, line.length]);
    at = place.end;
  }
  add(wholeCharacters(text.slice(at, end)));
  return { text: end < text.length ? `${line.trimEnd()} …` : line.trimEnd(), marks };
}

/** On one line, with a space at each end where there was one. */
function spaced(piece: string): string {
  const head = /^\s/.test(piece) ? ' ' : '';
  const tail = /\s$/.test(piece) ? ' ' : '';
  return `${head}${oneLine(piece)}${tail}`;
}

/** The place from which most others follow within `room`. */
function bestStart(found: readonly Found[], room: number): Found | undefined {
  let best: Found | undefined;
  let most = 0;
  found.slice(0, 500).forEach((place, index) => {
    let count = 0;
    while ((found[index + count]?.end ?? Number.POSITIVE_INFINITY) <= place.start + room)
      count += 1;
    if (count > most) [best, most] = [place, count];
  });
  return best ?? found[0];
}

function wordStart(text: string, from: number): number {
  if (from === 0) return 0;
  const space = text.slice(from, from + BEFORE / 2).search(/\s/);
  const start = space === -1 ? from : from + space + 1;
  return /[\udc00-\udfff]/.test(text.charAt(start)) ? start + 1 : start;
}

function wholeCharacters(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
