import { type Command, InvalidArgumentError, Option } from 'commander';
import { SCOPES } from '../lib/claude/settings/settings-path.ts';
import { didYouMean } from '../lib/core/nearest-word.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { WORKER_MODES } from './worker-mode.ts';

/** Adds what `waymark install` understands to its command. */
export function addInstallOptions(command: Command): Command {
  return withCommonOptions(command, 'add the hooks to')
    .option(
      '--features <list>',
      `what to record, of ${FEATURES.join(',')} (default: as before, else all)`,
      readFeatures,
    )
    .option(
      '--status-line',
      'show context, cost, queue and worker in a status line (default: as before, else not)',
    )
    .option('--no-status-line', 'remove that status line')
    .addOption(
      new Option(
        '--worker <mode>',
        'keep the worker running, or let it exit after a minute without work (default: unchanged)',
      ).choices(WORKER_MODES),
    )
    .option('--no-prove', 'do not send a sample through the installed hooks')
    .option('--uninstall', 'the same as waymark uninstall')
    .option('--purge', 'with --uninstall: also delete what was recorded');
}

/** Adds what `waymark uninstall` understands to its command. */
export function addUninstallOptions(command: Command): Command {
  return withCommonOptions(command, 'remove the hooks from').option(
    '--purge',
    'also delete what was recorded',
  );
}

function withCommonOptions(command: Command, verb: string): Command {
  return command
    .option('-y, --yes', 'ask nothing')
    .addOption(
      new Option(
        '--scope <scope>',
        `settings to ${verb}: user (you, in every project), project (all users, here), local (you, here)`,
      ).choices(SCOPES),
    )
    .option(
      '--no-settings',
      'do not change settings.json; install only the launchers, for the plugin',
    )
    .option('--dry-run', 'show the change; change nothing')
    .option('--json', 'print one JSON object');
}

function readFeatures(list: string): readonly Feature[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FEATURES.some((feature) => feature === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `there is no feature ${JSON.stringify(unknown)}, only ${FEATURES.join(', ')}${didYouMean(unknown, FEATURES)}`,
    );
  return FEATURES.filter((feature) => names.includes(feature));
}
