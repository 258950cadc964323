import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SCOPES, type Scope } from '../lib/claude/settings/settings-path.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { WORKER_MODES, type WorkerMode } from './worker-mode.ts';

export interface Flags {
  readonly yes: boolean;
  readonly scope?: Scope;
  readonly features?: readonly Feature[];
  readonly worker?: WorkerMode;
  readonly statusLine?: boolean;
  readonly dryRun: boolean;
  readonly uninstall: boolean;
  readonly purge: boolean;
  readonly json: boolean;
  readonly prove: boolean;
  readonly color: boolean;
}

/** Flags to act on, or what to print and the status to end with. */
export type CommandLine =
  | { readonly flags: Flags }
  | { readonly exitCode: 0 | 2; readonly stdout: string; readonly stderr: string };

const ALL_OFF = {
  yes: false,
  dryRun: false,
  uninstall: false,
  purge: false,
  json: false,
  prove: true,
  color: true,
} as const;

const EXAMPLES = `
Examples:
  $ npx install-hooks                                  ask, show the change, confirm
  $ npx install-hooks --dry-run                        only show the change
  $ npx install-hooks --yes --scope local              this project, for you alone
  $ npx install-hooks --yes --features session,failure
  $ npx install-hooks --yes --status-line              with a status line; your own one is kept inside it
  $ npx install-hooks --uninstall --yes                take everything out again
  $ npx install-hooks --uninstall --yes --purge        and delete what was recorded

Exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.`;

/** Reads the arguments behind the program's name. Never prints, never exits. */
export function readCommandLine(args: readonly string[], version: string): CommandLine {
  const printed = { stdout: '', stderr: '' };
  const program = describeProgram(version, printed);
  try {
    program.parse([...args], { from: 'user' });
    const flags = { ...ALL_OFF, ...program.opts<Partial<Flags>>() };
    const problem = contradictionIn(flags);
    if (problem !== undefined) program.error(`error: ${problem}`);
    return { flags };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2, ...printed };
  }
}

function describeProgram(version: string, printed: { stdout: string; stderr: string }): Command {
  return new Command('install-hooks')
    .description(
      'Puts the hooks of waymark into a settings.json of Claude Code, or takes them out again.',
    )
    .version(version)
    .allowExcessArguments(false)
    .option('-y, --yes', 'ask nothing')
    .addOption(
      new Option(
        '--scope <scope>',
        'whose settings: yours everywhere, everybody in this project, yours in this project',
      ).choices(SCOPES),
    )
    .option(
      '--features <list>',
      `what to record, of ${FEATURES.join(',')} (default: as before, else all)`,
      readFeatures,
    )
    .option(
      '--status-line',
      'show context, cost, queue and worker in a status line (default: as before, else not)',
    )
    .option('--no-status-line', 'take that status line out again')
    .addOption(
      new Option(
        '--worker <mode>',
        'whether the worker stays, or ends after a minute without work',
      ).choices(WORKER_MODES),
    )
    .option('--dry-run', 'show the change and touch nothing')
    .option('--uninstall', 'take the hooks out again')
    .option('--purge', 'with --uninstall: delete what was recorded, too')
    .option('--json', 'print one JSON object')
    .option('--no-prove', 'do not send a sample through the installed hooks')
    .option('--no-color', 'print without colours')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed.stdout += text;
      },
      writeErr: (text) => {
        printed.stderr += text;
      },
    });
}

function readFeatures(list: string): readonly Feature[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FEATURES.some((feature) => feature === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `There is no feature ${JSON.stringify(unknown)}; choose of ${FEATURES.join(', ')}.`,
    );
  return FEATURES.filter((feature) => names.includes(feature));
}

function contradictionIn(flags: Flags): string | undefined {
  if (flags.purge && !flags.uninstall)
    return '--purge deletes what was recorded: it goes only with --uninstall';
  if (flags.uninstall && flags.features !== undefined)
    return '--features does not go with --uninstall, which takes all of them out';
  if (flags.uninstall && flags.statusLine !== undefined)
    return '--status-line does not go with --uninstall, which takes it out';
  if (flags.uninstall && flags.worker !== undefined) return '--worker does not go with --uninstall';
  return undefined;
}
