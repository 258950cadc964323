import type { CommandPart } from './command-shape.ts';

/** Maximum number of compared words. */
const MAX_WORDS = 60;

/**
 * Whether `later`, which succeeded, looks like a correction of `failed`: the same program and
 * subcommand, a program with one or two typos and the same words after it, or half of the words in
 * common. Each removed word must be similar to an added one, or be an option. Reading another file
 * is not a fix for a missing one.
 */
export function isCorrection(
  failed: CommandPart,
  later: CommandPart,
  isAboutPath: boolean,
): boolean {
  if (failed.shape.exact === later.shape.exact) return false;
  const [before, after] = [failed.words.slice(0, MAX_WORDS), later.words.slice(0, MAX_WORDS)];
  if (joined(before) === joined(after)) return true;
  if (isWrongProgram(before, after)) return true;
  const [gone, come] = [without(before, after), without(after, before)];
  const share = (before.length - gone.length) / Math.max(before.length, after.length);
  const isSame = failed.program === later.program && failed.subcommand === later.subcommand;
  if (
    !isSame &&
    !(failed.program !== later.program
      ? share >= 0.5
      : isSimilarWord(failed.subcommand, later.subcommand))
  )
    return false;
  const operands = gone.filter(
    (word) => !word.startsWith('-') && !isValueOf(before[before.indexOf(word) - 1] ?? '', gone),
  );
  if (operands.every((word) => come.some((other) => isSimilarWord(word, other)))) return true;
  return !isAboutPath && share >= 0.8;
}

/** Whether a word is the value of a removed option. */
function isValueOf(option: string, gone: readonly string[]): boolean {
  return option.startsWith('-') && gone.includes(option);
}

/** `gti status` and `git status`; `pyhton3 x.py` and `python3 x.py`. */
function isWrongProgram(
  [program = '', ...words]: readonly string[],
  [other = '', ...others]: readonly string[],
): boolean {
  return (
    program !== other &&
    words.join(' ') === others.join(' ') &&
    editDistance(program, other) <= slips(program, other)
  );
}

/** Whether one word was probably meant as the other: a typo, another folder, a part of the name. */
export function isSimilarWord(word: string, other: string): boolean {
  const [one, two] = [plain(word), plain(other)];
  if (one === '' || two === '') return false;
  if (one === two || baseName(one) === baseName(two)) return true;
  const [short, long] = one.length <= two.length ? [one, two] : [two, one];
  if (short.length >= 3 && !short.includes('/') && long.split(/[^a-z0-9]+/).includes(short))
    return true;
  const [few, many] = [short, long].map((text) => baseName(text).split(/[^a-z0-9]+/));
  if (few !== undefined && few.length > 1 && few.every((piece) => many?.includes(piece) === true))
    return true;
  return editDistance(baseName(one), baseName(two)) <= slips(baseName(one), baseName(two));
}

/**
 * Returns how many typos a word of this length may have: short words that differ are different
 * words.
 */
function slips(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  return length <= 2 ? 0 : length <= 4 ? 1 : length <= 8 ? 2 : 3;
}

function plain(word: string): string {
  return word.replace(/^["']|["']$/g, '').toLowerCase();
}

function baseName(word: string): string {
  return word.replace(/\/+$/, '').replace(/^.*\//s, '');
}

function joined(words: readonly string[]): string {
  return words.join('').replace(/[-_\s"']/g, '');
}

function without(words: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return words.filter((word) => {
    const at = left.indexOf(word);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}

/**
 * Returns the edit distance; two swapped letters count as one. Words that are too long to be a typo
 * get a large distance.
 */
export function editDistance(one: string, other: string): number {
  if (Math.max(one.length, other.length) > 64 || Math.abs(one.length - other.length) > 16)
    return Number.POSITIVE_INFINITY;
  let [beforeLast, last]: [readonly number[], readonly number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, index) => index),
  ];
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const [a, b] = [one.charAt(row - 1), other.charAt(column - 1)];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (a === b ? 0 : 1),
      );
      if (row > 1 && column > 1 && a === other.charAt(column - 2) && b === one.charAt(row - 2))
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      next.push(least);
    }
    [beforeLast, last] = [last, next];
  }
  return last[other.length] ?? 0;
}
