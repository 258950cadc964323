import type { Command } from 'commander';
import { SETTINGS } from '../../config/settings.ts';
import type { DocumentedSetting } from '../../config/hook-settings.ts';
import { EVENT_TYPES } from '../../events/types/registry.ts';
import { listTopics } from '../../query/docs-pages.ts';
import { GLOBAL_FLAGS, HELP_ROW } from '../command-table.ts';
import type {
  Candidate,
  CompletionCommand,
  CompletionTable,
  CompletionValue,
} from './completion-table.ts';

/** What the values of options are, whatever command has them. */
const OPTION_KINDS: Readonly<Record<string, string>> = {
  '--session': 'sessions',
  '--type': 'types',
  '--handler': 'receivers',
  '--to': 'receivers',
  '--project': 'folders',
  '--settings': 'files',
  '--secret-file': 'files',
  '--ca-file': 'files',
  '--event': 'files',
};

/** What the arguments of commands are; of a group, those of all its commands. */
const ARGUMENT_KINDS: Readonly<Record<string, string>> = {
  'show session': 'sessions',
  'resume session': 'sessions',
  'checkpoints session': 'sessions',
  'diff paths': 'files',
  'history path': 'files',
  'auto-commit folder': 'files',
  'trace id': 'sessions',
  'emit type': 'types',
  'dead id': 'dead',
  'dead ids': 'dead',
  'failures id': 'patterns',
  'failures file': 'files',
  'schedule name': 'schedules',
  'handlers test name': 'handlers',
  'handlers stats name': 'receivers',
  'webhooks name': 'webhooks',
  'worker id': 'workers',
  'config name': 'settings',
  'config value': 'value',
  'docs topic': 'topics',
};

/**
 * The table for completion, for the build to write down. @param docs The folder of the
 * documentation.
 */
export function describeCompletion(program: Command, docs: string): CompletionTable {
  const own: CompletionCommand = {
    doc: '',
    options: [
      { flags: ['-v', '--version'], doc: 'print the version' },
      ...GLOBAL_FLAGS.map((flag) => ({
        flags: [flag],
        doc: program.options.find(({ long }) => long === flag)?.description ?? '',
      })),
      { flags: ['-h', '--help'], doc: 'show help' },
    ],
    values: [],
    takesAll: false,
  };
  const help = { doc: HELP_ROW.summary, options: [], values: [], takesAll: false };
  const commands = Object.fromEntries(program.commands.flatMap((one) => describe(one, [])));
  return { commands: { '': own, ...commands, [HELP_ROW.name]: help }, words: wordsOf(docs) };
}

function describe(
  command: Command,
  above: readonly string[],
): ReadonlyArray<readonly [string, CompletionCommand]> {
  const words = [...above, command.name()];
  const shown = command.options.filter(({ hidden }) => !hidden);
  const { registeredArguments } = command;
  const own: CompletionCommand = {
    doc: command.description(),
    options: shown.map(({ short, long, description, required, argChoices }) => ({
      flags: [short, long].filter((flag) => flag != null),
      doc: description,
      ...(required ? { value: valueFor(OPTION_KINDS[long ?? ''], argChoices) } : {}),
    })),
    values: registeredArguments.map((one) =>
      valueFor(argumentKind(words, one.name()), one.argChoices),
    ),
    takesAll: registeredArguments.at(-1)?.variadic === true,
  };
  return [[words.join(' '), own], ...command.commands.flatMap((sub) => describe(sub, words))];
}

function argumentKind(words: readonly string[], name: string): string | undefined {
  return ARGUMENT_KINDS[`${words.join(' ')} ${name}`] ?? ARGUMENT_KINDS[`${words[0]} ${name}`];
}

function valueFor(
  kind: string | undefined,
  choices: readonly string[] | undefined,
): CompletionValue {
  if (choices !== undefined) return { choices };
  return kind === undefined ? {} : { kind };
}

/** Words that are known without what was recorded. */
function wordsOf(docs: string): Readonly<Record<string, readonly Candidate[]>> {
  const settings: ReadonlyArray<readonly [string, DocumentedSetting]> = Object.entries(SETTINGS);
  const values = settings.flatMap(([name, { kind, choices }]) => {
    const words = kind === 'flag' ? ['true', 'false'] : (choices ?? []);
    return words.length === 0
      ? []
      : [[`value ${name}`, words.map((value) => ({ value, doc: '' }))] as const];
  });
  return {
    settings: settings.map(([value, { doc }]) => ({ value, doc: firstSentence(doc) })),
    types: Object.entries(EVENT_TYPES).map(([value, { doc }]) => ({
      value,
      doc: firstSentence(doc),
    })),
    topics: listTopics(docs).map(({ topic, question }) => ({ value: topic, doc: question })),
    ...Object.fromEntries(values),
  };
}

function firstSentence(text: string): string {
  return text.split(/(?<=[.;:]) /)[0]?.replace(/[.;:]$/, '') ?? text;
}
