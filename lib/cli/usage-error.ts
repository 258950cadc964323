import { type Command, CommanderError } from 'commander';
import { ERRORS, WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-word.ts';

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
  ls: 'sessions',
  logs: 'log',
  settings: 'config',
  complete: 'completion',
  man: 'docs',
};

/** What people type in a group, and how it may be called there. */
const MEANT_IN_GROUP: Readonly<Record<string, readonly string[]>> = {
  ls: ['list'],
  get: ['show'],
  rm: ['delete', 'discard', 'remove', 'unset'],
  delete: ['discard', 'remove', 'unset'],
  remove: ['delete', 'discard', 'unset'],
  create: ['new', 'add'],
  logs: ['log'],
};

/** @param word The unknown one. */
function unknownCommand(command: Command, word: string): WaymarkError {
  const names = command.commands.map((sub) => sub.name());
  const called = command.parent === null ? [MEANT[word]] : (MEANT_IN_GROUP[word] ?? []);
  const meant = called.find((name) => name !== undefined && names.includes(name));
  const suggestion = meant === undefined ? didYouMean(word, names) : `; did you mean ${meant}?`;
  return wrongUsage(command, `unknown command '${word}'${suggestion}`);
}

/** @param word The first that the command does not take. */
export function createStrayWordError(command: Command, word: string): WaymarkError {
  return command.commands.length > 0
    ? unknownCommand(command, word)
    : wrongUsage(command, `unexpected argument '${word}'`);
}

/**
 * What commander says of a wrong command line, in the form of every other error; `undefined` for
 * other errors.
 */
export function toUsageError(command: Command, error: unknown): WaymarkError | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  const said = error.message.replace(/^error: /, '');
  const [, word] = /^unknown command '(.*)'$/s.exec(said) ?? [];
  if (word !== undefined) return unknownCommand(command, word);
  const [, option] = /^unknown option '(.*)'$/s.exec(said) ?? [];
  if (option !== undefined) return unknownOption(command, option);
  const [, without] = /^option '(.*)' argument missing$/s.exec(said) ?? [];
  if (without !== undefined) return wrongUsage(command, `${without} needs a value`);
  return badValue(command, said) ?? wrongUsage(command, said);
}

function unknownOption(command: Command, option: string): WaymarkError {
  const suggestion = didYouMean(option.split('=')[0] ?? option, optionsOf(command));
  const mayBeWord =
    suggestion === '' && command.registeredArguments.some(({ variadic }) => variadic);
  return wrongUsage(
    command,
    `unknown option '${option}'${suggestion}`,
    mayBeWord
      ? `If it is a word, put \`--\` in front: \`${nameOf(command)} -- ${option}\`.`
      : undefined,
  );
}

/** A value that an option or an argument does not take. */
function badValue(command: Command, said: string): WaymarkError | undefined {
  const ofOption = /^option '(?:-\w, )?(--[\w-]+).*?' argument '(.*)' is invalid\. (.*)$/s.exec(
    said,
  );
  const ofArgument = /^command-argument value '(.*)' is invalid for argument '(.*)'\. (.*)$/s.exec(
    said,
  );
  const [name, value, reason] = ofOption?.slice(1) ?? [
    ofArgument?.[2],
    ofArgument?.[1],
    ofArgument?.[3],
  ];
  if (name === undefined || value === undefined || reason === undefined) return undefined;
  const listed = /^Allowed choices are (.*)\.$/.exec(reason)?.[1]?.split(', ');
  const expected =
    listed === undefined
      ? reason.replace(/\.$/, '')
      : `expected one of ${listed.join(', ')}${didYouMean(value, listed)}`;
  return new WaymarkError('USAGE', `Cannot use ${name} ${value}: ${expected}`, {
    remedy: remedyFor(command),
  });
}

/**
 * What may be typed behind a command, with the options of the command that its group runs by
 * default.
 */
function optionsOf(command: Command): readonly string[] {
  const chain: Command[] = [...command.commands.filter((sub) => sub.name() === 'list'), command];
  for (let above = command.parent; above !== null; above = above.parent) chain.push(above);
  const named = chain.flatMap(({ options }) => options.filter(({ hidden }) => !hidden));
  return [...named.flatMap(({ long }) => (long == null ? [] : [long])), '--help'];
}

function wrongUsage(command: Command, problem: string, remedy = remedyFor(command)): WaymarkError {
  return new WaymarkError('USAGE', `Cannot run ${nameOf(command)}: ${problem}`, { remedy });
}

/** What to do about an error: where it only says to look at the help, at that of the command. */
export function resolveRemedy({ remedy }: WaymarkError, command: Command): string {
  return remedy === ERRORS.USAGE.remedy ? remedyFor(command) : remedy;
}

function remedyFor(command: Command): string {
  return `See \`${nameOf(command)} --help\`.`;
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
