import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../lib/cli/command-table.ts';
import { loadCommand } from '../../../lib/cli/load-command.ts';
import { createProgram, refuseUnknownCommand } from '../../../lib/cli/program.ts';
import { parseQuickQuestion } from '../../../lib/cli/quick-answer.ts';
import { silentContext } from './silent-context.ts';

/**
 * Where a command may begin in a line: at its start, behind a prompt, a pipe, a list or a word such
 * as `Undo:`.
 */
const BEGINNING = /(?:^|(?:\$|[|;:(]|&&)\s*)waymark(?= +[a-z-])/g;
const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"])+/g;
/** Where a shell goes on with something else. */
const END = /^(?:#.*|[|;<>&)]+|\d?>.*)$/;

interface Documented {
  readonly place: string;
  readonly command: string;
}

const PAGES = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const IN_BLOCKS = PAGES.flatMap(inBlocks);
const IN_SENTENCES = PAGES.flatMap(inSentences);
const IN_HELP = allCommands((await program()).root).flatMap(inHelp);

describe('a documented command', () => {
  it('is found in pages and in help texts', () => {
    for (const found of [IN_BLOCKS, IN_SENTENCES, IN_HELP])
      expect(found.length).toBeGreaterThan(30);
  });

  it.each([...IN_BLOCKS, ...IN_HELP])(
    'exists as $place shows it: $command',
    async ({ command }) => {
      expect(await faultOf(command)).toBeUndefined();
    },
  );

  it.each(IN_SENTENCES)('exists as $place speaks of it: $command', async ({ command }) => {
    // a sentence may leave arguments out
    expect((await faultOf(command)) ?? '').toMatch(/^$|missing required argument/);
  });

  it.each([
    'waymark lgo',
    'waymark log --folow',
    'waymark dead show',
    'waymark worker stpo',
    'waymark emit a.b --payload',
    'waymark events --count-by day',
    'waymark help lgo',
    'waymark dead lst --help',
  ])('would not pass as %s', async (command) => {
    expect(await faultOf(command)).toMatch(/error:/i);
  });
});

function inBlocks(page: string): readonly Documented[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```\w*\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, text = '']) =>
    text.split('\n').flatMap((line) => commandsIn(line, page)),
  );
}

/** `waymark …` between backquotes. What may be left out stands in brackets there. */
function inSentences(page: string): readonly Documented[] {
  const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/`(waymark [^`\n]+)`/g)].flatMap(([, command = '']) =>
    commandsIn(command.replace(/[[\]]/g, ''), page),
  );
}

/** Two spaces part a command from what is said of it. */
function inHelp(command: Command): readonly Documented[] {
  const lines = helpOf(command).split('\n');
  return lines.flatMap((line) =>
    /^ {2}\$ /.test(line)
      ? commandsIn(line.trim().split(/ {2,}/)[0] ?? '', `the help of ${command.name()}`)
      : [],
  );
}

function commandsIn(line: string, place: string): readonly Documented[] {
  return [...line.matchAll(BEGINNING)].map(({ index, 0: beginning }) => {
    const words = line.slice(index + beginning.length).match(WORD) ?? [];
    const end = words.findIndex((word) => END.test(word));
    const own = (end === -1 ? words : words.slice(0, end)).map((word) =>
      beginning.includes('(') ? word.replace(/\)"?$/, '') : word,
    );
    return { place, command: ['waymark', ...own].join(' ') };
  });
}

/** What commander says of a command line, which is read and not run. */
async function faultOf(command: string): Promise<string | undefined> {
  const { root, isRead } = await program();
  const words = (command.match(WORD) ?? [])
    .slice(1)
    .map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
  const question = parseQuickQuestion(words);
  if (question?.asks === 'version') return undefined;
  try {
    if (question !== undefined) {
      refuseUnknownCommand(root, [...question.command, '--help']);
      return undefined;
    }
    await root.parseAsync(words, { from: 'user' });
    return 'error: nothing would be run';
  } catch (error) {
    return isRead(error) ? undefined : String(error);
  }
}

interface Program {
  readonly root: Command;
  /** Whether this ended the reading of a good command line. */
  readonly isRead: (error: unknown) => boolean;
}

async function program(): Promise<Program> {
  const read = new Error('read');
  const root = await createProgram(silentContext(), COMMANDS, loadCommand);
  root.hook('preAction', (_root, { args, registeredArguments }) => {
    const takesAll = registeredArguments.at(-1)?.variadic === true;
    throw args.length > registeredArguments.length && !takesAll
      ? new Error(`error: too many arguments: ${args.join(' ')}`)
      : read;
  });
  return { root, isRead: (error) => error === read };
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}
