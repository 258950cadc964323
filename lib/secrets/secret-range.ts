import { REDACTED } from './redact.ts';

/** From, to (UTF-16 units, end excluded) and the rule that found it. */
export type SecretRange = readonly [start: number, end: number, rule: string];

/** Replaces a whole text that may hold a secret and could not be checked. */
export const NOT_CHECKED = '[redacted: not checked]';

/** `text` with each range replaced by {@link REDACTED}; ranges may overlap and come in any order. */
export function cutRanges(text: string, ranges: readonly SecretRange[]): string {
  let clean = '';
  let done = 0;
  for (const [start, end] of ranges.toSorted((left, right) => left[0] - right[0])) {
    if (end <= done) continue;
    if (start >= done) clean += text.slice(done, start) + REDACTED;
    done = end;
  }
  return clean + text.slice(done);
}

/** The ranges in an answer of the scanner, or `undefined` when it is not one. */
export function readRanges(value: unknown): readonly SecretRange[] | undefined {
  return Array.isArray(value) && value.every(isRange) ? value : undefined;
}

function isRange(value: unknown): value is SecretRange {
  if (!Array.isArray(value)) return false;
  const [start, end, rule]: readonly unknown[] = value;
  return (
    Number.isInteger(start) &&
    Number.isInteger(end) &&
    Number(start) <= Number(end) &&
    typeof rule === 'string'
  );
}
