import { findAnyTerms, findTerms, type Term } from './parse-query.ts';
import { BEYOND_ASCII } from './words.ts';

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
