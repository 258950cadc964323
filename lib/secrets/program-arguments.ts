import { lazy } from '../core/lazy.ts';
import { mayContainAny } from './any-literal.ts';
import { SECRET_ARGUMENTS, SECRET_READERS } from './argument-table.ts';
import { type Word, wordsFrom } from './command-words.ts';
import { isNonSecret, isReference, isStrong, looksRandom, REDACTED } from './harmless.ts';

/** A rule: what must follow a program, and which of its arguments are secrets. */
interface ArgumentRule {
  readonly after: readonly string[];
  readonly secrets: readonly string[];
  /** The command must contain one of these. Empty: no condition. */
  readonly flags: readonly string[];
}

/** The position of a secret in a text. */
type Range = readonly [start: number, end: number];

/**
 * Rows of the table by program. Parsed when a text first contains the program: a hook seldom sees
 * one.
 */
const rows = lazy(() => {
  const byProgram = new Map<string, string[]>();
  for (const row of SECRET_ARGUMENTS)
    for (const program of row.slice(0, row.search(/[ :]/)).split('|')) {
      const known = byProgram.get(program);
      if (known === undefined) byProgram.set(program, [row]);
      else known.push(row);
    }
  return byProgram;
});

const rulesRead = new Map<string, readonly ArgumentRule[]>();

/** Returns the rules of a program; `undefined` if the table does not have it. */
function rulesOf(program: string): readonly ArgumentRule[] | undefined {
  const read = rulesRead.get(program) ?? rows().get(program)?.map(readRule);
  if (read !== undefined) rulesRead.set(program, read);
  return read;
}

function readRule(row: string): ArgumentRule {
  const at = row.indexOf(': ');
  const [, ...after] = row.slice(0, at).split(' ');
  const secrets = row.slice(at + 2).split(' ');
  const flags = secrets.map((secret) => secret.replace(/[*:%,/=?]*$/, ''));
  return { after, secrets, flags: flags.some((flag) => /^(?:@.*)?$/.test(flag)) ? [] : flags };
}

/** Matches a possible program: a word before white space, with or without its folder. */
const PROGRAM = /(?<![\w.-])[\w.-]{2,40}(?=[ \t])/g;

/**
 * Redacts the arguments that the table calls secrets, wherever a text quotes a command. Linear:
 * reads each command up to a limit.
 */
export function redactArguments(text: string): string {
  let clean = '';
  let done = 0;
  for (const [start, end] of secretRanges(withoutLists(text))) {
    if (start < done) continue;
    clean += text.slice(done, start) + REDACTED;
    done = end;
  }
  return clean + text.slice(done);
}

/**
 * Turns a list of arguments as errors print it, `['mysql', '-px']`, into words of a command:
 * replaces each sign with a space, so that positions stay.
 */
function withoutLists(text: string): string {
  if (!text.includes("', '") && !text.includes('", "')) return text;
  return text.replace(/\[(?:\\?["'][^"'\n]{0,200}["'](?:, ?)?){2,60}\]/g, (list) =>
    list.replace(/[[\]"',\\]/g, ' '),
  );
}

const mayRunOne = mayContainAny(
  () => [...rows().keys(), 'echo', 'printf'],
  '(?<![\\w.-])',
  '(?=[ \\t])',
);

function secretRanges(text: string): readonly Range[] {
  if (!text.includes(' ') || !mayRunOne(text)) return [];
  const found: Range[] = [];
  let from = 0;
  for (const match of text.matchAll(PROGRAM)) {
    const [name] = match;
    if (match.index < from) continue;
    const end = match.index + name.length;
    const isPrinter = name === 'echo' || name === 'printf';
    const known = rulesOf(name);
    if (known === undefined && !isPrinter) continue;
    const line = lineFrom(text, end);
    const candidates = (known ?? []).filter((rule) => mayApply(rule, line));
    if (candidates.length === 0 && !isPrinter) continue;
    const words = wordsFrom(text, end, (word) => rows().has(word));
    if (isPrinter) found.push(...printedSecret(text, words, match.index));
    for (const rule of candidates) found.push(...secretsOf(words, rule));
    from = end;
  }
  if (text.includes('<<<')) found.push(...givenSecrets(text));
  return found.sort((one, other) => one[0] - other[0]);
}

function secretsOf(words: readonly Word[], { after, secrets }: ArgumentRule): readonly Range[] {
  const rest = wordsAfter(words, after);
  if (rest === undefined) return [];
  return secrets.flatMap((rule) => {
    const [, name = '', behind = ''] = /^(.*?)([:%,/=?]?)$/.exec(rule) ?? [];
    if (name === '*') return rest.flatMap((word) => secretPart(word, behind));
    if (name.startsWith('@')) {
      const operands = operandsOf(rest);
      const word = name === '@-' ? operands.at(-1) : operands[Number(name.slice(1)) - 1];
      return word === undefined ? [] : secretPart(word, behind);
    }
    return rest.flatMap((word, index) => optionSecret(word, rest[index + 1], name, behind));
  });
}

/** Returns the rest of a line, including lines that a backslash joins to it. */
function lineFrom(text: string, from: number): string {
  let end = text.indexOf('\n', from);
  while (end !== -1 && text[end - 1] === '\\' && end - from < 4_000)
    end = text.indexOf('\n', end + 1);
  return text.slice(from, end === -1 ? from + 4_000 : Math.min(end, from + 4_000));
}

/** Whether a line contains what a rule requires. Cheaper than reading words. */
function mayApply({ after, flags }: ArgumentRule, line: string): boolean {
  return (
    after.every((word) => word.startsWith('-') || line.includes(word)) &&
    (flags.length === 0 || flags.some((flag) => line.includes(flag) || isBundledIn(line, flag)))
  );
}

/** Short options may be combined: `-sSu name:password`. */
function isBundledIn(line: string, flag: string): boolean {
  return /^-[A-Za-z]$/.test(flag) && line.includes(`${flag.slice(1)} `);
}

/**
 * Returns the words after the subcommands, skipping options between them; `undefined` if there is
 * another subcommand.
 */
function wordsAfter(words: readonly Word[], after: readonly string[]): readonly Word[] | undefined {
  let rest = words;
  for (const needed of after) {
    if (/^-\w$/.test(needed)) {
      if (!words.some(({ text }) => /^-\w+$/.test(text) && text.includes(needed.slice(1))))
        return undefined;
      continue;
    }
    const at = rest.findIndex(({ text }, index) => text === needed && index < 8);
    if (at === -1) return undefined;
    rest = rest.slice(at + 1);
  }
  return rest;
}

/**
 * Returns the words that are not options. The word after an option may be its value, so a short
 * option with a value counts as one.
 */
function operandsOf(words: readonly Word[]): readonly Word[] {
  return words.filter(({ text }) => !/^-.|^\/[a-z]+:|^\\\\|^[A-Z]:$/.test(text));
}

function optionSecret(
  word: Word,
  next: Word | undefined,
  rule: string,
  behind: string,
): readonly Range[] {
  if (rule.endsWith('*')) {
    const flag = rule.slice(0, -1);
    return word.text.startsWith(flag) && word.text.length > flag.length
      ? secretPart(word, behind, flag)
      : [];
  }
  if (/^\/\w+$/.test(rule))
    return word.text.toLowerCase().startsWith(`${rule}:`) ? secretPart(word, ':') : [];
  const isBundled =
    /^-[A-Za-z]$/.test(rule) &&
    /^-[A-Za-z]{2,6}$/.test(word.text) &&
    word.text.endsWith(rule.slice(1));
  if (word.text === rule || isBundled) return next === undefined ? [] : secretPart(next, behind);
  return word.text.startsWith(`${rule}=`) ? secretPart(word, behind, `${rule}=`) : [];
}

/**
 * Returns the secret part of a word: all of it, or the part after a prefix and the first `behind`.
 */
function secretPart(word: Word, behind: string, prefix = ''): readonly Range[] {
  const value = word.text.slice(prefix.length);
  const cut = behind === '' || behind === '?' ? -1 : value.indexOf(behind);
  if (behind !== '' && behind !== '?' && cut === -1) return [];
  if (behind === '?' && !isStrong(value) && !looksRandom(value)) return [];
  const secret = value.slice(cut + 1).replace(/^(?:pass|env|file|fd|stdin):/, '');
  if (secret.length < 2 || isNonSecret(secret) || (!word.isSingleQuoted && isReference(secret)))
    return [];
  if (/^(?:env|file|fd):|^-\w?$/.test(value)) return [];
  const start = word.places[word.text.length - secret.length];
  const end = word.places.at(-1);
  return start === undefined || end === undefined ? [] : [[start, end + 1]];
}

/**
 * Matches an option that reads a secret from the output of a command: `--password-file <(echo
 * SECRET)`.
 */
const READS_FROM = /(?:pass|secret|token|cred|key)[\w-]{0,30}(?:=|[ \t]{1,3})<\([ \t]{0,3}$/i;

/**
 * Returns what `echo` or `printf` at `from` prints into a program or an option that reads a secret.
 */
function printedSecret(text: string, words: readonly Word[], from: number): readonly Range[] {
  const printed = words.filter(({ text: word }) => !/^-\w+$|^%s(?:\\n)?$/.test(word));
  const last = printed.at(-1)?.places.at(-1);
  if (last === undefined) return [];
  const rest = text.slice(last, last + 300);
  // `set -x` prints each program of a pipe on its own line.
  const reader = /^.["']?(?:\s*\||\n\+{1,4} )\s*([^|\n]{1,200})/.exec(rest)?.[1];
  const isRead =
    (reader !== undefined && SECRET_READERS.test(reader)) ||
    READS_FROM.test(text.slice(Math.max(0, from - 80), from));
  return isRead ? printed.flatMap((word) => secretPart(word, '')) : [];
}

/** Finds secrets in `program <<< SECRET`. */
function givenSecrets(text: string): readonly Range[] {
  return [...text.matchAll(/<<<[ \t]{0,3}/g)].flatMap(({ index, 0: sign }) => {
    const before = text.slice(Math.max(0, index - 200), index);
    const [word] = wordsFrom(text, index + sign.length, () => false);
    const command = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf(';')) + 1);
    return word === undefined || !SECRET_READERS.test(command) ? [] : secretPart(word, '');
  });
}
