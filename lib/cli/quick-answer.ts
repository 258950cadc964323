import { GLOBAL_FLAGS, helpText } from './command-table.ts';

/** What needs no command: the version, and help. */
export type QuickQuestion =
  | { readonly asks: 'version' }
  /** The words of the command; none for `waymark` itself. */
  | { readonly asks: 'help'; readonly command: readonly string[] };

/** What a command line asks for that says only this; `undefined` for any other. */
export function parseQuickQuestion(args: readonly string[]): QuickQuestion | undefined {
  const words = args.filter((arg) => !GLOBAL_FLAGS.includes(arg));
  const [first = '', ...others] = words;
  if (words.length === 1 && /^(?:version|--version|-[vV])$/.test(first)) return { asks: 'version' };
  const last = words[words.length - 1];
  if (last === '--help' || last === '-h') return askForHelp(words.slice(0, -1));
  return first === 'help' ? askForHelp(others) : undefined;
}

/** `help` itself is a word of no command: `waymark help help` is `waymark help`. */
function askForHelp(words: readonly string[]): QuickQuestion {
  const command = words[0] === 'help' ? words.slice(1) : words;
  return { asks: 'help', command };
}

/** The answer that needs nothing but the table of commands. */
export function answerQuickly(
  question: QuickQuestion | undefined,
  version: () => string,
): string | undefined {
  if (question?.asks === 'version') return `${version()}\n`;
  return question?.asks === 'help' && question.command.length === 0 ? helpText() : undefined;
}
