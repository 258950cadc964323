/** Ends the text of an open shape: whatever else the call has. */
export const OPEN = ' …';

/** Most options of a call that are looked up: each costs a hook one try to open a file. */
const MOST_OPTIONS = 8;

/** Whether a shape has only the words that its errors are about: what failed in one call of it fails in every call. */
export function isOpenText(text: string): boolean {
  return text.endsWith(OPEN);
}

/** Texts of the open shapes of a command: its program, its subcommand, each of its options. */
export function openTexts(
  program: string,
  subcommand: string,
  words: readonly string[],
): readonly string[] {
  if (!isInstalled(program)) return [];
  const called = subcommand === '' ? program : `${program} ${subcommand}`;
  const options = [...new Set(words.slice(1).flatMap(optionOf))].slice(0, MOST_OPTIONS);
  const texts = [program, called, ...options.map((option) => `${called} ${option}`)];
  return [...new Set(texts)].map((text) => text + OPEN);
}

/** A program that is found by its name is the same in every folder. */
const isInstalled = (program: string): boolean => /^[\w.+-]+$/.test(program);

/** The option that a word is, without its value. */
export function optionOf(word: string): readonly string[] {
  const [, option] = /^(--?[A-Za-z][\w-]*)(?:=|$)/.exec(word) ?? [];
  return option === undefined ? [] : [option];
}
