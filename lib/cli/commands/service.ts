import { tmpdir } from 'node:os';
import { readPackagePath } from '../../../installer/hook-files.ts';
import { placePackage } from '../../../installer/place-package.ts';
import { installService, removeService, type ServiceChange } from '../../actions/service.ts';
import { packageFolder, packageVersion } from '../../core/package-folder.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { readService, type Service } from '../../query/service.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface ServiceFlags {
  readonly json?: boolean;
  readonly start?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark service status              whether it is installed and running
  $ waymark service install             start the worker now and at each login
  $ waymark service install --no-start  only write the file
  $ waymark service remove              stop it and delete its file`;

/** `waymark service`: the worker as a service of systemd or launchd. */
export const addService: AddCommand = (program, context) => {
  const service = program.command('service').addHelpText('after', EXAMPLES);
  service
    .command('status', { isDefault: true })
    .description('Show whether the service is installed, and what it starts')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark service status --json')
    .action((flags: ServiceFlags) => showStatus(context, flags.json === true));
  service
    .command('install')
    .description('Start the worker now, at each login, and after a crash')
    .option('--no-start', 'only write the file; start nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark service install\n  $ waymark service install --no-start',
    )
    .action((flags: ServiceFlags) => install(context, flags));
  service
    .command('remove')
    .description('Stop the service and delete its file')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark service remove')
    .action((flags: ServiceFlags) => remove(context, flags.json === true));
};

async function showStatus(context: CommandContext, isJson: boolean): Promise<void> {
  const { environment, print, printJson } = context;
  const input = { folder: context.folder(), environment, platform: process.platform };
  const service = await readService(input);
  if (service?.problem != null) context.exitWith(1);
  if (isJson) printJson(service ?? null);
  else if (service === undefined) print('There is neither systemd nor launchd here.');
  else for (const line of statusLines(service, context)) print(line);
}

function statusLines(service: Service, { runnable, paint }: CommandContext): readonly string[] {
  const { name, file, installed, state, node, program, problem, remedy } = service;
  const wrong = problem === null ? [] : [paint.red(`✗ ${problem}`), `  ${runnable(remedy ?? '')}`];
  if (!installed)
    return wrong.length > 0
      ? wrong
      : [runnable(`No service is installed. \`waymark service install\` creates ${name}.`)];
  return [
    `${paint.bold(name)}  ${state ?? 'unknown: its manager did not answer'}`,
    paint.dim(
      `${abbreviateHome(file)} starts ${abbreviateHome(program ?? '')} with ${abbreviateHome(node ?? '')}`,
    ),
    ...wrong,
  ];
}

async function install(context: CommandContext, flags: ServiceFlags): Promise<void> {
  const change = await installService(context.actionContext(), {
    platform: process.platform,
    node: process.execPath,
    nodeVersion: process.versions.node,
    package: packageToStart(context),
    starts: flags.start !== false,
  });
  if (change.done === false) context.exitWith(1);
  if (flags.json === true) return context.printJson(change);
  const { name, file, changed, done } = change;
  context.print(`${name} is ${changed ? 'written' : 'up to date'}: ${abbreviateHome(file)}`);
  if (done === true) context.print('It is running, and starts at each login.');
  else if (done === null) context.print(`Start it with: ${startLine(change)}`);
  else warnOf(context, change, `Cannot start ${name}`, `Try: ${startLine(change)}`);
}

async function remove(context: CommandContext, isJson: boolean): Promise<void> {
  const change = await removeService(context.actionContext(), process.platform);
  if (isJson) return context.printJson(change ?? null);
  if (change === undefined || !change.changed) return context.print('No service is installed.');
  context.print(`${change.name} is deleted. Hooks now start the worker when needed.`);
  if (change.done === false)
    warnOf(context, change, `Cannot stop ${change.name}`, 'See what is running: `waymark status`');
}

function warnOf(
  { warn, runnable }: CommandContext,
  { said }: ServiceChange,
  what: string,
  remedy: string,
): void {
  warn(`${what}: ${said?.split('\n')[0] ?? 'its manager did not answer'}`);
  warn(runnable(remedy));
}

function startLine({ manager, name, file }: ServiceChange): string {
  return manager === 'systemd'
    ? `systemctl --user daemon-reload && systemctl --user enable --now ${name}`
    : `launchctl bootstrap gui/$(id -u) '${file.replaceAll("'", "'\\''")}'`;
}

/**
 * The package that hooks start the worker from; before they are installed, this one, or its copy
 * where this one is in a cache.
 */
function packageToStart({ folder }: CommandContext): string {
  const noted = readPackagePath(folder().bin);
  if (noted !== undefined) return noted;
  return placePackage({
    origin: { folder: realPathOr(packageFolder()), version: packageVersion() },
    folder: folder(),
    temporaryFolders: [...new Set([tmpdir(), '/tmp', '/var/tmp'].map(realPathOr))],
  });
}
