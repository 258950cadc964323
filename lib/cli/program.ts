import { Command, CommanderError } from 'commander';
import { terminalText } from '../core/one-line.ts';
import { packageVersion } from '../core/package-folder.ts';
import type { CommandContext, LoadCommand } from './command-context.ts';
import { PLAIN_COLUMNS } from './help-page.ts';
import { COMMANDS, type CommandRow, helpText } from './command-table.ts';
import { commandAt, createStrayWordError } from './usage-error.ts';

/**
 * The command line of `waymark`, which throws where commander would end the process.
 * @param called Commands to load. With none, all are known by name and summary, for suggestions.
 */
export async function createProgram(
  context: CommandContext,
  called: readonly CommandRow[],
  load: LoadCommand,
): Promise<Command> {
  const { stdout, stderr } = context;
  const program = new Command('waymark')
    .version(packageVersion())
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .option('--no-color', 'plain text')
    .option('--no-pager', 'print long output without a pager')
    .showSuggestionAfterError(false)
    .allowExcessArguments()
    .hook('preAction', refuseStrayWord)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(terminalText(text, false)),
      writeErr: (text) => stderr.write(terminalText(text, false)),
      outputError: () => undefined,
      getOutHelpWidth: () =>
        stdout.isTTY === true ? (stdout.columns ?? PLAIN_COLUMNS) : PLAIN_COLUMNS,
    });
  const ownHelp = program.createHelp();
  program.configureHelp({
    formatHelp: (command, help) =>
      command === program ? helpText() : ownHelp.formatHelp(command, help),
    optionDescription: (option) => unquoteValues(ownHelp.optionDescription(option)),
    argumentDescription: (argument) => unquoteValues(ownHelp.argumentDescription(argument)),
    subcommandDescription: (command) =>
      `${command.summary() || command.description()}${isDefault(command) ? ' (the default)' : ''}`,
  });
  for (const row of COMMANDS) {
    if (called.includes(row)) (await load(row.name))(program, context);
    else if (called.length === 0) program.command(row.name);
    else continue;
    const command = program.commands.at(-1)?.description(row.summary);
    if (row.readsTeam === true && command !== undefined)
      for (const one of [command, ...command.commands.filter(readsOnly)]) addTeamOptions(one);
  }
  return program;
}

/** Commander writes values as JSON: `(default: "20")`. People type them without the quotes. */
function unquoteValues(description: string): string {
  return description.replace(/\((?:choices|default): .*\)$/, (values) =>
    values.replaceAll('"', ''),
  );
}

/** Of a group that also changes things, these commands read. */
function readsOnly(command: Command): boolean {
  return command.name() === 'list' || command.name() === 'show';
}

/** Options of commands that can read the store of a team; {@link readTeamWish} reads them. */
function addTeamOptions(command: Command): void {
  command
    .option('--store <url>', 'read the store of a team: its address, or the word team')
    .option('--host <name>', 'in a team: only sessions of this machine')
    .option('--person <name>', 'in a team: only sessions of this person')
    .option('--repository <name>', 'in a team: only sessions in this repository');
}

/** How a group declares the command that it runs when none is named. */
export const DEFAULT_SUBCOMMAND = { isDefault: true } as const;

/** Whether a group runs this command when no other is named. */
function isDefault(command: Command): boolean {
  return command.name() === 'list' && command.parent?.registeredArguments.length === 0;
}

/** Commander would only count the arguments; a mistyped command deserves its name. */
function refuseStrayWord(program: Command, command: Command): void {
  const { args, registeredArguments } = command;
  const takesAll = registeredArguments.at(-1)?.variadic === true;
  const word = args[registeredArguments.length];
  if (word === undefined || takesAll) return;
  const named = commandAt(program, program.args);
  // a group, where no command of it was named
  const meant = named === command.parent ? named : command;
  throw createStrayWordError(meant, (meant.commands.length > 0 ? args[0] : undefined) ?? word);
}

/**
 * Commander answers `waymark nope --help` and `waymark dead nope --help` with the help of what is
 * above.
 * @throws {@link WaymarkError} USAGE
 */
export function refuseUnknownCommand(program: Command, args: readonly string[]): void {
  if (!args.includes('--help') && !args.includes('-h')) return;
  let command = program;
  for (const word of args.slice(
    0,
    args.findIndex((arg) => arg.startsWith('-')),
  )) {
    if (command.commands.length === 0) return;
    const found = command.commands.find((sub) => sub.name() === word);
    if (found !== undefined) command = found;
    else if (command.registeredArguments.length === 0) throw createStrayWordError(command, word);
    else return;
  }
}

/** The command that a command line calls, or asks the help of. */
export function findCalledCommands(args: readonly string[]): readonly CommandRow[] {
  const name = args.find((arg) => !arg.startsWith('-'));
  return COMMANDS.filter((row) => row.name === name);
}

/**
 * The status of a command line that ended in a help or a version; `undefined` for any other error.
 */
export function exitStatusOfHelp(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  // shown in place of a missing command
  if (error.code === 'commander.help') return error.exitCode === 0 ? 0 : 2;
  return error.exitCode === 0 ? 0 : undefined;
}
