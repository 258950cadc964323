import type { Candidate } from './completion-table.ts';
import type { Completion } from './complete.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell asks while a command line is typed: `completion --for SHELL -- …`. */
export interface CompletionRequest {
  readonly shell: Shell;
  /** Behind `waymark`; the last one is not finished yet. */
  readonly words: readonly string[];
}

/** Reads the arguments of a request; `undefined` for any other command line. */
export function readRequest(args: readonly string[]): CompletionRequest | undefined {
  const [command, flag, name, dashes, ...words] = args;
  const shell = SHELLS.find((one) => one === name);
  if (command !== 'completion' || flag !== '--for' || shell === undefined || dashes !== '--')
    return undefined;
  // bash gives the line up to the cursor, because it parts words at `=`, `:` and `@`
  const typed = shell === 'bash' ? wordsOf(words[0] ?? '').slice(1) : words;
  return { shell, words: typed.length === 0 ? [''] : typed };
}

/**
 * The words of a command line that is not finished, without their quotes. The last one is empty
 * behind a space.
 */
function wordsOf(line: string): readonly string[] {
  const words: string[] = [''];
  let quote = '';
  let isEscaped = false;
  for (const sign of line) {
    const last = words.length - 1;
    if (isEscaped || (quote !== '' && sign !== quote && sign !== '\\')) {
      words[last] += sign;
      isEscaped = false;
    } else if (sign === '\\' && quote !== "'") isEscaped = true;
    else if (sign === quote) quote = '';
    else if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
    else if (quote === '' && /\s/.test(sign)) {
      if (words[last] !== '') words.push('');
    } else words[last] += sign;
  }
  return words;
}

/** What may be put into a command line as it is: nothing that a shell reads as more than a word. */
const PLAIN = /^[\w@%+=:,./*-]+$/;

/**
 * The lines of an answer: `value`, a tab and its meaning, or `:files`, `:folders` for the shell to
 * complete.
 */
export function formatCompletions(
  shell: Shell,
  { prefix, begun, kind }: Completion,
  candidates: readonly Candidate[],
): string {
  const whole = `${prefix}${begun}`;
  // bash replaces what is behind such a sign
  const done = shell === 'bash' ? whole.search(/[^=:@]*$/) : 0;
  const lines = candidates
    .filter(({ value }) => PLAIN.test(value))
    .map(({ value, doc }) => `${`${prefix}${value}`.slice(done)}${doc === '' ? '' : `\t${doc}`}`);
  const own = kind === 'files' || kind === 'folders' ? [`:${kind}`] : [];
  return [...lines, ...own].map((line) => `${line}\n`).join('');
}
