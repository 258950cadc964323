import { Command, CommanderError } from 'commander';
import { terminalText } from '../core/one-line.ts';
import { packageVersion } from '../core/package-folder.ts';
import type { CommandContext, LoadCommand } from './command-context.ts';
import { PLAIN_COLUMNS } from './help-page.ts';
import { COMMANDS, type CommandRow, helpText } from './command-table.ts';
import { commandAt, strayWord } from './usage-error.ts';

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
    .option('--no-color', 'plain text')
    .option('--no-pager', 'print long output at once')
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
    subcommandDescription: (command) =>
      `${command.summary() || command.description()}${isDefault(command) ? ' (the default)' : ''}`,
  });
  for (const row of COMMANDS) {
    if (called.includes(row)) (await load(row.name))(program, context);
    else if (called.length === 0) program.command(row.name);
    else continue;
    program.commands.at(-1)?.description(row.summary);
  }
  return program;
}

/** How a group declares the command that it runs when none is named. */
export const LISTS = { isDefault: true } as const;

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
  const meant = named === command.parent ? named : command; // a group, where no command of it was named
  throw strayWord(meant, (meant.commands.length > 0 ? args[0] : undefined) ?? word);
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
    else if (command.registeredArguments.length === 0) throw strayWord(command, word);
    else return;
  }
}

/** The command that a command line calls, or asks the help of. */
export function calledBy(args: readonly string[]): readonly CommandRow[] {
  const name = args.find((arg) => !arg.startsWith('-'));
  return COMMANDS.filter((row) => row.name === name);
}

/** The status of a command line that ended in a help or a version; `undefined` for any other error. */
export function helpStatus(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.code === 'commander.help') return error.exitCode === 0 ? 0 : 2; // shown in place of a missing command
  return error.exitCode === 0 ? 0 : undefined;
}
