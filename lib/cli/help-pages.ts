import type { Command } from 'commander';
import type { LoadCommand } from './command-context.ts';
import { COMMANDS } from './command-table.ts';
import { type HelpPage, type HelpPages, PLAIN_COLUMNS } from './help-page.ts';
import { createProgram } from './program.ts';
import { createContext } from './run-cli.ts';

/** So wide that no line is broken. */
const WIDE = 1_000;

/** The program with all commands, to be described and not to be run. */
export async function createDescribedProgram(load: LoadCommand): Promise<Command> {
  const silent = { write: () => true };
  const surroundings = {
    environment: {},
    stdout: silent,
    stderr: silent,
    cwd: '/',
    clock: () => 0,
  };
  const context = createContext([], surroundings, () => undefined);
  return createProgram(context, COMMANDS, load);
}

/** The help of every command, for the build to write down. */
export function helpPages(program: Command): HelpPages {
  return Object.fromEntries(program.commands.flatMap((command) => pagesOf(command, [])));
}

function pagesOf(command: Command, parents: readonly string[]): readonly [string, HelpPage][] {
  const words = [...parents, command.name()];
  return [
    [words.join(' '), pageOf(command)],
    ...command.commands.flatMap((child) => pagesOf(child, words)),
  ];
}

function pageOf(command: Command): HelpPage {
  const text = helpAt(command, WIDE);
  let fits = Math.max(...text.split('\n').map((line) => line.length));
  // one by one: below some width commander breaks no line again
  while (fits > 0 && helpAt(command, fits - 1) === text) fits -= 1;
  return { text, fits, ...(fits > PLAIN_COLUMNS ? { plain: helpAt(command, PLAIN_COLUMNS) } : {}) };
}

function helpAt(command: Command, columns: number): string {
  let help = '';
  command
    .configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => columns })
    .outputHelp();
  return help;
}
