import { homedir, tmpdir } from 'node:os';
import { isatty } from 'node:tty';
import { type Flags, NO_FLAGS, requireConsistentFlags } from '../../../installer/flags.ts';
import { addInstallOptions, addUninstallOptions } from '../../../installer/options.ts';
import { type Console, runInstaller } from '../../../installer/run-installer.ts';
import { runProgram } from '../../../installer/run-program.ts';
import type { InstallerContext } from '../../../installer/installer-context.ts';
import { packageFolder, packageVersion } from '../../core/package-folder.ts';
import { realPathOr } from '../../core/state-folder.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { wrapTo } from '../text/display-width.ts';
import { abbreviateHomeIn } from '../text/tilde.ts';

/** Columns that the prompts put in front of a text, and one that stays empty. */
const PROMPT_MARGIN = 4;

const INSTALL_EXAMPLES = `
Examples:
  $ waymark install                        ask, show the change, confirm
  $ waymark install --dry-run              only show the change
  $ waymark install --yes --scope local    this project, only for you
  $ waymark install --yes --features session,failure
  $ waymark install --yes --status-line    with a status line; yours is kept
  $ waymark uninstall                      remove the hooks

install-hooks is another name for this command.`;

const UNINSTALL_EXAMPLES = `
Examples:
  $ waymark uninstall                     ask, show the change, confirm
  $ waymark uninstall --dry-run           only show the change
  $ waymark uninstall --yes               ask nothing; keep recorded data
  $ waymark uninstall --yes --purge       also delete recorded data`;

/** `waymark install`: puts the hooks into a settings.json of Claude Code. */
export const addInstall: AddCommand = (program, context) => {
  addInstallOptions(program.command('install'))
    .addHelpText('after', INSTALL_EXAMPLES)
    .action((options: Partial<Flags>) => run({ ...NO_FLAGS, ...options }, context));
};

/** `waymark uninstall`: takes the hooks out again. */
export const addUninstall: AddCommand = (program, context) => {
  addUninstallOptions(program.command('uninstall'))
    .addHelpText('after', UNINSTALL_EXAMPLES)
    .action((options: Partial<Flags>) =>
      run({ ...NO_FLAGS, ...options, uninstall: true }, context),
    );
};

async function run(flags: Flags, context: CommandContext): Promise<void> {
  requireConsistentFlags(flags);
  context.exitWith(await runInstaller(flags, surroundingsOf(context), consoleOf(context)));
}

function surroundingsOf(context: CommandContext): InstallerContext {
  return {
    environment: { HOME: homedir(), ...context.environment },
    cwd: context.cwd,
    platform: process.platform,
    node: process.execPath,
    nodeVersion: process.versions.node,
    folder: context.folder(),
    origin: { folder: packageFolder(), version: packageVersion() },
    get command() {
      return context.ownCommand(); // asked for when the state folder has its own
    },
    temporaryFolders: [...new Set([tmpdir(), '/tmp', '/var/tmp'].map(realPathOr))],
    clock: context.clock,
    run: runProgram,
    lockRetries: 20,
  };
}

/** A line in words; no part of a diff, no JSON, no command to paste. */
const PROSE = /^[A-Z][a-z]+:? \S/;

function consoleOf({ environment, stdout, hasColour }: CommandContext): Console {
  const isShown = stdout.isTTY === true;
  const isDumb = environment['TERM'] === 'dumb';
  const columns = isShown ? stdout.columns : undefined;
  const width = (stdout.columns || PLAIN_COLUMNS) - PROMPT_MARGIN;
  return {
    isInteractive: isShown && isatty(0) && !isDumb,
    ...(isDumb ? { noQuestions: 'the terminal shows no questions (TERM=dumb)' } : {}),
    hasColour,
    out: (text) =>
      void stdout.write(
        text
          .split('\n')
          .flatMap((line) => (PROSE.test(line) ? wrapTo(abbreviateHomeIn(line), columns) : line))
          .join('\n'),
      ),
    wrap: (text) =>
      text
        .split('\n')
        .flatMap((line) => wrapTo(abbreviateHomeIn(line), width))
        .join('\n'),
    loadPrompts: async () => {
      if (!hasColour) process.env['NO_COLOR'] = '1'; // read by the prompts when they are loaded
      return (await import('../../../installer/prompts.ts')).terminalPrompts;
    },
  };
}
