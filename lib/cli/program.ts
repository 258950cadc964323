import { Command, CommanderError } from 'commander';
import { terminalText } from '../core/one-line.ts';
import { packageVersion } from '../core/package-folder.ts';
import type { CommandContext, LoadCommand } from './command-context.ts';
import { PLAIN_COLUMNS } from './help-page.ts';
import { COMMANDS, type CommandRow, helpText } from './command-table.ts';

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
    .showSuggestionAfterError()
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
  });
  for (const row of COMMANDS) {
    if (called.includes(row)) (await load(row.name))(program, context);
    else if (called.length === 0) program.command(row.name);
    else continue;
    program.commands.at(-1)?.description(row.summary);
  }
  return program;
}

/** The command that a command line calls, or asks the help of. */
export function calledBy(args: readonly string[]): readonly CommandRow[] {
  const [word, next] = args.filter((arg) => !arg.startsWith('-'));
  const name = word === 'help' ? next : word;
  return COMMANDS.filter((row) => row.name === name);
}

/** The status of a command line that ended in a help or a version; `undefined` for any other error. */
export function helpStatus(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.code === 'commander.help') return error.exitCode === 0 ? 0 : 2; // shown in place of a missing command
  return error.exitCode === 0 ? 0 : undefined;
}
