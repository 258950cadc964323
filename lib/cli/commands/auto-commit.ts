import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type AutoCommitSwitch,
  switchAutoCommitOff,
  switchAutoCommitOn,
} from '../../actions/auto-commit.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatAgo } from '../../core/units.ts';
import { listAutoCommits, type TurnOutcome } from '../../query/auto-commits.ts';
import { queryStore } from '../../query/store-view.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface JsonFlag {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark auto-commit on               in the repository of this folder
  $ waymark auto-commit                  where it is on, and the latest turns
  $ waymark auto-commit off ~/project    turn it off there; branches stay

It is off by default. See waymark docs auto-commit.`;

/** How many turns are shown. */
const MAX_TURNS = 20;

/** `waymark auto-commit`: turns that become commits. */
export const addAutoCommit: AddCommand = (program, context) => {
  const group = program.command('auto-commit').addHelpText('after', EXAMPLES);
  group
    .command('list', DEFAULT_SUBCOMMAND)
    .description('Show where auto-commit is on, and the latest turns')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark auto-commit list --json')
    .action((flags: JsonFlag) => list(context, flags.json === true));
  addSwitch(group, context, { isOn: true, about: 'Turn it on for a repository' });
  addSwitch(group, context, {
    isOn: false,
    about: 'Turn it off for a repository; branches stay',
  });
};

interface Switch {
  readonly isOn: boolean;
  readonly about: string;
}

function addSwitch(group: Command, context: CommandContext, { isOn, about }: Switch): void {
  const name = isOn ? 'on' : 'off';
  const change = isOn ? switchAutoCommitOn : switchAutoCommitOff;
  group
    .command(name)
    .description(about)
    .argument('[folder]', 'in the repository (default: this one)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExamples:\n  $ waymark auto-commit ${name} ~/project`)
    .action(async (folder: string | undefined, flags: JsonFlag) => {
      const done = await change(context.actionContext(), resolve(context.cwd, folder ?? ''));
      printState(context, done, { isOn, isJson: flags.json === true });
    });
}

function printState(
  { print, printJson, printText }: CommandContext,
  { repository, changed }: AutoCommitSwitch,
  { isOn, isJson }: { readonly isOn: boolean; readonly isJson: boolean },
): void {
  if (isJson) {
    printJson({ repository, on: isOn, changed });
    return;
  }
  const place = oneLine(abbreviateHome(repository));
  print(`${changed ? '' : 'Nothing changed. '}${isOn ? 'On' : 'Off'} in ${place}.`);
  printText(
    isOn
      ? 'Each turn that changes files becomes a commit on a branch waymark/SESSION. The hooks and filters of the repository run.'
      : 'Its branches waymark/SESSION stay.',
  );
}

async function list(context: CommandContext, isJson: boolean): Promise<void> {
  const { print, printJson, printText } = context;
  const { autoCommit, turns } = await read(context);
  if (isJson) {
    printJson({ repositories: autoCommit, turns });
    return;
  }
  if (autoCommit.length === 0)
    printText(
      'Off everywhere. Turn it on for the repository of this folder: `waymark auto-commit on`',
    );
  for (const repository of autoCommit) print(`On in ${oneLine(abbreviateHome(repository))}`);
  if (turns.length === 0) return;
  print();
  printTurns(context, turns);
  const [last] = turns;
  if (last?.state !== 'refused') return;
  print();
  print(`The last turn was refused: ${oneLine(last.reason ?? '')}`);
}

async function read({ folder }: CommandContext) {
  const { autoCommit } = resolveConfig({ environment: {}, userFile: folder().configFile }).values;
  const turns = await queryStore<readonly TurnOutcome[]>(folder(), [], (database) =>
    listAutoCommits(database, MAX_TURNS),
  );
  return { autoCommit, turns };
}

function printTurns(
  { printTable, paint, clock }: CommandContext,
  turns: readonly TurnOutcome[],
): void {
  const now = clock();
  const rows = turns.map((turn) => [
    turn.state === 'committed'
      ? paint.yellow((turn.commit ?? '').slice(0, 10))
      : paint.red(turn.state),
    paint.dim(formatAgo(Date.parse(turn.at), now)),
    turn.branch ?? `${turn.cause ?? ''}: ${turn.reason ?? ''}`,
    paint.dim(abbreviateHome(turn.worktree)),
  ]);
  const head = ['COMMIT', 'WHEN', 'BRANCH OR REASON', 'WORK TREE'].map(paint.dim);
  printTable([head, ...rows], { columns: [{}, {}, { least: 16 }, { least: 12, gives: 1 }] });
}
