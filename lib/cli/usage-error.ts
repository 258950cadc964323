import { type Command, CommanderError } from 'commander';
import { ERRORS, WaymarkError } from '../core/errors.ts';

/** The command that a command line means, as far as its words name one. */
export function commandAt(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const word of args.filter((arg) => !arg.startsWith('-'))) {
    const found = command.commands.find((sub) => sub.name() === word);
    if (found === undefined) break;
    command = found;
  }
  return command;
}

/** What people type for a command that is called otherwise. */
const MEANT: Readonly<Record<string, string>> = {
  init: 'install',
  setup: 'install',
  enable: 'install',
  'install-hooks': 'install',
  disable: 'uninstall',
  remove: 'uninstall',
  'uninstall-hooks': 'uninstall',
};

/** What commander says of a wrong command line, in the form of every other error; `undefined` for other errors. */
export function usageErrorOf(command: Command, error: unknown): WaymarkError | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  const problem = withMeant(command, error.message)
    .replace(/^error: /, '')
    .replace(/\n?\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
    .replace(/\. ([A-Z])/, (_, letter: string) => `: ${letter.toLowerCase()}`)
    .replace(/\.$/, '');
  return new WaymarkError('USAGE', `Cannot run ${nameOf(command)}: ${problem}`, {
    remedy: remedyFor(command),
  });
}

/** The message about an unknown command, with the one that is meant by it. */
function withMeant(command: Command, message: string): string {
  const word = /^error: unknown command '(.*?)'/s.exec(message)?.[1];
  const meant = word === undefined || command.parent !== null ? undefined : MEANT[word];
  return meant === undefined ? message : `error: unknown command '${word}'; did you mean ${meant}?`;
}

/** What to do about an error: where it only says to look at the help, at that of the command. */
export function remedyOf({ remedy }: WaymarkError, command: Command): string {
  return remedy === ERRORS.USAGE.remedy ? remedyFor(command) : remedy;
}

function remedyFor(command: Command): string {
  return `See \`${nameOf(command)} --help\`.`;
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
