import type { Command } from 'commander';
import { environmentName } from '../../config/environment-name.ts';
import type { DocumentedSetting, Setting } from '../../config/hook-settings.ts';
import { SETTINGS, type SettingName } from '../../config/settings.ts';
import { resolveConfig, type ResolvedConfig } from '../../config/resolve.ts';
import { WaymarkError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest-word.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { wrapTo } from '../text/display-width.ts';
import { exampleOf, formatSettingValue, parseSettingText } from '../text/setting-value.ts';

const EXAMPLES = `
Examples:
  $ waymark config                            every value and its origin
  $ waymark config checkpointInterval         one setting, and what it does
  $ waymark config set checkpointInterval 2m  a time, or a number of seconds
  $ waymark config unset checkpointInterval   back to the default
  $ waymark config path                       where config.json is`;

/** Commands of the group, for suggestions. */
const COMMANDS = ['list', 'get', 'set', 'unset', 'path'];

/** `waymark config`: every setting with its origin; set, unset, path. */
export const addConfig: AddCommand = (program, context) => {
  const config = program
    .command('config')
    .argument('[name]', 'one setting, by its name or its environment variable')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, flags: { readonly json?: boolean }) =>
      show(context, name, flags.json === true),
    );
  addReading(config, context);
  addChanging(config, context);
};

interface JsonFlag {
  readonly json?: boolean;
}

/** What people know from other programs: `config` does the same. */
function addReading(config: Command, context: CommandContext): void {
  config
    .command('list')
    .description('List every setting')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark config list --json')
    .action((_flags: JsonFlag, command: Command) => show(context, undefined, wantsJson(command)));
  config
    .command('get')
    .description('Show one setting')
    .argument('<name>', 'the setting')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark config get idleExit --json')
    .action((name: string, _flags: JsonFlag, command: Command) =>
      show(context, name, wantsJson(command)),
    );
}

function addChanging(config: Command, context: CommandContext): void {
  config
    .command('set')
    .description('Write a value into config.json')
    .argument('<name>', 'the setting')
    .argument('<value>', 'in the form that `waymark config NAME` shows')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      "\nExamples:\n  $ waymark config set idleExit 600\n  $ waymark config set ignoredProjects '/scratch/,/tmp/'",
    )
    .action((name: string, value: string, _flags: JsonFlag, command: Command) =>
      change(context, settingNamed(name), value, wantsJson(command)),
    );
  config
    .command('unset')
    .description('Remove a value from config.json')
    .argument('<name>', 'the setting')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark config unset idleExit')
    .action((name: string, _flags: JsonFlag, command: Command) =>
      change(context, settingNamed(name), undefined, wantsJson(command)),
    );
  config
    .command('path')
    .description('Print the path of config.json')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ "$EDITOR" "$(waymark config path)"')
    .action((_flags: JsonFlag, command: Command) => {
      const path = context.folder().configFile;
      if (wantsJson(command)) context.printJson({ path });
      else context.print(path);
    });
}

/** `config` has the same option, and commander gives it to whichever comes first. */
function wantsJson(command: Command): boolean {
  return command.optsWithGlobals()['json'] === true;
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
    const value = formatSettingValue(values[name], SETTINGS[name]);
    return [
      name,
      isOwn ? paint.bold(value) : value,
      isOwn ? paint.cyan(origins[name]) : paint.dim(origins[name]),
      paint.dim(environmentName(name)),
    ];
  });
  printTable([['NAME', 'VALUE', 'ORIGIN', 'ENVIRONMENT'].map(paint.dim), ...rows], {
    columns: [{}, { least: 24 }, {}, { gives: 1 }],
  });
}

function printOne(
  name: SettingName,
  { values, origins }: ResolvedConfig,
  { paint, print, runnable, width }: CommandContext,
): void {
  const setting: DocumentedSetting = SETTINGS[name];
  print(
    `${paint.bold(name)} = ${formatSettingValue(values[name], setting)} ${paint.dim(`(${origins[name]})`)}`,
  );
  for (const line of wrapTo(runnable(setting.doc), width)) print(line);
  const accepted =
    setting.choices === undefined ? setting.range?.join(' to ') : setting.choices.join(', ');
  const facts = [
    environmentName(name),
    `default ${formatSettingValue(setting.fallback, setting)}`,
    ...(accepted === undefined ? [] : [`accepts ${accepted}`]),
    ...(setting.kind === 'list' ? [] : exampleText(setting)),
  ];
  for (const line of wrapTo(facts.join(' · '), width)) print(paint.dim(line));
}

/** What a number counts, and how to write it with a unit. */
function exampleText(setting: Setting): readonly string[] {
  const example = exampleOf(setting);
  return example === undefined ? [] : [`in ${setting.kind}; \`config set\` also takes ${example}`];
}

async function change(
  context: CommandContext,
  name: SettingName,
  value: string | undefined,
  isJson: boolean,
): Promise<void> {
  const file = context.folder().configFile;
  const { editConfig } = await import('../../actions/edit-config.ts');
  const text = value === undefined ? undefined : parseSettingText(value, SETTINGS[name]);
  const changed = await editConfig(file, name, () => text);
  const resolved = resolve(context);
  const { values, origins } = resolved;
  if (isJson)
    context.printJson({ name, value: values[name], origin: origins[name], changed, path: file });
  else context.print(changedText(name, { value, changed, file }, resolved));
  if (value !== undefined && origins[name] !== 'user file')
    context.warn(`The value in ${file} is saved, but the ${origins[name]} overrides it.`);
}

function changedText(
  name: SettingName,
  {
    value,
    changed,
    file,
  }: {
    readonly value: string | undefined;
    readonly changed: boolean;
    readonly file: string;
  },
  { values, origins }: ResolvedConfig,
): string {
  const now = `${formatSettingValue(values[name], SETTINGS[name])} (${origins[name]})`;
  if (value !== undefined) return `${name} = ${now}`;
  return changed ? `${name} is back to ${now}` : `${name} was not set in ${file}`;
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
  const known = name.startsWith('WAYMARK_')
    ? allNames().map(environmentName)
    : [...allNames(), ...COMMANDS];
  throw new WaymarkError(
    'USAGE',
    `Cannot find setting ${name}: no setting has this name${didYouMean(name, known)}`,
    { remedy: '`waymark config` lists them.' },
  );
}
