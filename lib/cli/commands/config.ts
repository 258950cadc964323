import { type Command, Option } from 'commander';
import { environmentName } from '../../config/environment-name.ts';
import type { DocumentedSetting, Setting, SettingValue } from '../../config/hook-settings.ts';
import { SETTINGS, type SettingName } from '../../config/settings.ts';
import { resolveConfig, type ResolvedConfig } from '../../config/resolve.ts';
import { WaymarkError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

const EXAMPLES = `
Examples:
  $ waymark config                              every setting, its value and where that comes from
  $ waymark config checkpointInterval           one, with what it does
  $ waymark config set checkpointInterval 120
  $ waymark config unset checkpointInterval     back to the default
  $ waymark config path                         where config.json is`;

/** `waymark config`: every setting with its origin; set, unset, path. */
export const addConfig: AddCommand = (program, context) => {
  const config = program
    .command('config')
    .argument('[name]', 'one setting, by its name here or in the environment')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, flags: { readonly json?: boolean }) =>
      show(context, name, flags.json === true),
    );
  addChanging(config, context);
};

function addChanging(config: Command, context: CommandContext): void {
  const quiet = (): Option => new Option('--json').hideHelp();
  config
    .command('set')
    .description('Write a value into config.json')
    .argument('<name>')
    .argument('<value>')
    .addOption(quiet())
    .addHelpText(
      'after',
      "\nExamples:\n  $ waymark config set idleExit 600\n  $ waymark config set ignoredProjects '/scratch/,/tmp/'",
    )
    .action((name: string, value: string) => change(context, settingNamed(name), value));
  config
    .command('unset')
    .description('Take a value out of config.json')
    .argument('<name>')
    .addOption(quiet())
    .addHelpText('after', '\nExamples:\n  $ waymark config unset idleExit')
    .action((name: string) => change(context, settingNamed(name), undefined));
  config
    .command('path')
    .description('Print the path of config.json')
    .addOption(quiet())
    .addHelpText('after', '\nExamples:\n  $ "$EDITOR" "$(waymark config path)"')
    .action(() => context.print(context.folder().configFile));
}

function show(context: CommandContext, name: string | undefined, isJson: boolean): void {
  const wanted = name === undefined ? undefined : settingNamed(name);
  const resolved = resolve(context);
  const names = wanted === undefined ? allNames() : [wanted];
  if (isJson)
    context.printJson(
      Object.fromEntries(
        names.map((key) => [
          key,
          {
            value: resolved.values[key],
            origin: resolved.origins[key],
            environment: environmentName(key),
          },
        ]),
      ),
    );
  else if (wanted === undefined) printAll(names, resolved, context);
  else printOne(wanted, resolved, context);
  for (const problem of resolved.problems) context.warn(problem);
  if (resolved.problems.length > 0) context.exitWith(1);
}

function printAll(
  names: readonly SettingName[],
  { values, origins }: ResolvedConfig,
  { paint, printTable }: CommandContext,
): void {
  const rows = names.map((name) => {
    const isOwn = origins[name] !== 'default';
    const value = valueText(values[name], SETTINGS[name]);
    return [
      name,
      isOwn ? paint.bold(value) : value,
      isOwn ? paint.cyan(origins[name]) : paint.dim(origins[name]),
      paint.dim(environmentName(name)),
    ];
  });
  printTable([['NAME', 'VALUE', 'ORIGIN', 'ENVIRONMENT'].map(paint.dim), ...rows]);
}

function printOne(
  name: SettingName,
  { values, origins }: ResolvedConfig,
  { paint, print }: CommandContext,
): void {
  const setting: DocumentedSetting = SETTINGS[name];
  print(
    `${paint.bold(name)} = ${valueText(values[name], setting)} ${paint.dim(`(${origins[name]})`)}`,
  );
  print(setting.doc);
  const accepted =
    setting.choices === undefined ? setting.range?.join(' to ') : setting.choices.join(', ');
  print(
    paint.dim(
      `${environmentName(name)} · default ${valueText(setting.fallback, setting)}${accepted === undefined ? '' : ` · accepts ${accepted}`}`,
    ),
  );
}

const SUFFIXES: Readonly<Partial<Record<Setting['kind'], string>>> = {
  seconds: ' s',
  milliseconds: ' ms',
  percent: ' %',
};

function valueText(value: SettingValue, { kind }: Setting): string {
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.join(',');
  return `${String(value)}${SUFFIXES[kind] ?? ''}`;
}

async function change(
  context: CommandContext,
  name: SettingName,
  value: string | undefined,
): Promise<void> {
  const file = context.folder().configFile;
  const { editConfig } = await import('../../actions/edit-config.ts');
  const written = await editConfig(file, name, value);
  const { values, origins } = resolve(context);
  if (value === undefined)
    context.print(
      written
        ? `${name} is back to ${valueText(values[name], SETTINGS[name])} (${origins[name]})`
        : `${name} was not set in ${file}`,
    );
  else context.print(`${name} = ${valueText(values[name], SETTINGS[name])} (${origins[name]})`);
  if (value !== undefined && origins[name] !== 'user file')
    context.warn(
      `The value in ${file} is written, but the ${origins[name]} says otherwise and wins.`,
    );
}

function resolve({ environment, cwd, folder }: CommandContext): ResolvedConfig {
  return resolveConfig({
    environment,
    userFile: folder().configFile,
    projectFile: `${environment['CLAUDE_PROJECT_DIR'] ?? cwd}/.claude/waymark.json`,
  });
}

function allNames(): readonly SettingName[] {
  return Object.keys(SETTINGS).filter(isSettingName);
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function settingNamed(name: string): SettingName {
  const found = allNames().find((known) => known === name || environmentName(known) === name);
  if (found !== undefined) return found;
  const known = name.startsWith('WAYMARK_') ? allNames().map(environmentName) : allNames();
  throw new WaymarkError(
    'USAGE',
    `Cannot find setting ${name}: no such name${didYouMean(name, known)}`,
    { remedy: '`waymark config` lists them.' },
  );
}
