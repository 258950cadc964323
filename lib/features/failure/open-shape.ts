/** Ends the text of an open shape: the call may contain anything else. */
export const OPEN = ' …';

/** Maximum number of options that are looked up: each costs a hook one attempt to open a file. */
const MAX_OPTIONS = 8;

/**
 * Whether a shape has only the words that its errors are about: what failed in one call of it fails
 * in every call.
 */
export function isOpenText(text: string): boolean {
  return text.endsWith(OPEN);
}

/**
 * Returns the texts of the open shapes of a command: its program, its subcommand, each of its
 * options.
 */
export function listOpenTexts(
  program: string,
  subcommand: string,
  words: readonly string[],
): readonly string[] {
  if (!isInstalled(program)) return [];
  const called = subcommand === '' ? program : `${program} ${subcommand}`;
  const options = [...new Set(words.slice(1).flatMap(parseOption))].slice(0, MAX_OPTIONS);
  const texts = [program, called, ...options.map((option) => `${called} ${option}`)];
  return [...new Set(texts)].map((text) => text + OPEN);
}

/** Whether a program is found by its name: then it is the same in every folder. */
const isInstalled = (program: string): boolean => /^[\w.+-]+$/.test(program);

/** Returns the option in a word, without its value. */
export function parseOption(word: string): readonly string[] {
  const [, option] = /^(--?[A-Za-z][\w-]*)(?:=|$)/.exec(word) ?? [];
  return option === undefined ? [] : [option];
}
