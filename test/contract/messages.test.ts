import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS, helpText } from '../../lib/cli/command-table.ts';
import { PLAIN_COLUMNS, findPageText } from '../../lib/cli/help-page.ts';
import { createDescribedProgram, helpPages } from '../../lib/cli/help-pages.ts';
import { loadCommand } from '../../lib/cli/load-command.ts';
import { ERRORS } from '../../lib/core/errors.ts';
import { messagesOf, messagesOfSource } from '../support/messages.ts';

const program = await createDescribedProgram(loadCommand);
const pages = helpPages(program);
const messages = messagesOfSource();

/** Texts for files and shells, and examples of help: what is typed in them is `waymark`. */
const NO_MESSAGE = /Examples:|^ *[$*]|^# Completion|^#compdef|_waymark/m;

const NAMED = new RegExp(
  `(?<![\`$\\w/.@-])waymark (?:${COMMANDS.map(({ name }) => name).join('|')})\\b`,
);

/**
 * Names of commands alone, which another text puts in backticks or which say what cannot be run.
 */
const NAME_ALONE = /^waymark(?: [a-z]+)+(?: --[a-z]+)*$/;

/** Texts that name a command and are no message, and why. */
const OTHERS: Readonly<Record<string, string>> = {
  'A sample of waymark install': 'the prompt of the sample',
  'Written by waymark service install': 'in a file, as a heading',
  'the same as waymark uninstall': 'in the help, where the name is `waymark`',
};

/**
 * Words that a reader with little English would not expect, or for which there is a plainer one.
 */
const CLUMSY =
  /\b(?:told|tells? of|nobody|somebody|anybody|everybody|anew|for good|goes on|go on|went away|dearest)\b|(?<!there )\bis no (?!longer)|\bof ours\b/i;

/** Patterns, styles and names of tables: no sentences. */
const NO_SENTENCE = /\(\?:|[|]\w+[|]|^\s*:root|^\w+ as \w+$/;

/** Command lines in the backticks of a text. */
function commandLinesIn(text: string): readonly string[] {
  return [...text.matchAll(/`(waymark [^`]+)`/g)].map(([, line = '']) => line);
}

/** Flags of a command line that its command does not have. */
function unknownFlagsOf(line: string): readonly string[] {
  const [, ...words] = line.split(' ');
  let command: Command = program;
  for (const word of words) {
    const found: Command | undefined = command.commands.find((one) => one.name() === word);
    if (found === undefined) break;
    command = found;
  }
  const list = command.commands.find((one) => one.name() === 'list');
  const known = [program, command, ...(list === undefined ? [] : [list])].flatMap(({ options }) =>
    options.flatMap(({ short, long }) => [short, long]),
  );
  return words.filter(
    (word) => /^--?[a-z][a-z-]*$/.test(word) && !known.includes(word) && word !== '--help',
  );
}

/** Values in braces may have braces of their own. */
function withoutValues(text: string): string {
  const less = text.replace(/\{[^{}]*\}/g, '…');
  return less === text ? text : withoutValues(less);
}

describe('the help', () => {
  it.each([
    ['waymark', helpText()],
    ...Object.entries(pages).map(([name, page]): [string, string] => [
      `waymark ${name}`,
      findPageText(page, PLAIN_COLUMNS) ?? page.text,
    ]),
  ])(`of %s fits ${PLAIN_COLUMNS} columns`, (_, text) => {
    expect(text.split('\n').filter((line) => line.length > PLAIN_COLUMNS)).toEqual([]);
  });
});

describe('a message', () => {
  it('has a command in backticks, so that it is named as it works where it is read', () => {
    expect(messages.length).toBeGreaterThan(1_000);
    const wrong = messages.filter(
      ({ text }) =>
        NAMED.test(text) && !NO_MESSAGE.test(text) && !NAME_ALONE.test(text) && !(text in OTHERS),
    );
    expect(wrong).toEqual([]);
    const texts = messages.map(({ text }) => text);
    expect(Object.keys(OTHERS).filter((text) => !texts.includes(text))).toEqual([]);
  });

  it('names a page of the documentation by the command that shows it: an installed package has no docs/ at hand', () => {
    const wrong = messages.filter(({ text }) => /(?<![\w/])docs\/[a-z-]+\.md/.test(text));
    expect(wrong).toEqual([]);
  });

  it('that says what cannot be done names the thing, and a reason behind a colon', () => {
    const errors = messages.filter(({ text }) => text.startsWith('Cannot '));
    expect(errors.length).toBeGreaterThan(100);
    const wrong = errors.filter(
      ({ text }) => !/^Cannot (?:[a-z]+|\{verb\}) \S|^Cannot \{what\}:/.test(text),
    );
    expect(wrong).toEqual([]);
  });

  it('names commands with flags that they have', () => {
    const lines = messages.flatMap(({ file, text }) =>
      commandLinesIn(text).map((line) => ({ file, line })),
    );
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter(({ line }) => unknownFlagsOf(line).length > 0)).toEqual([]);
    expect(unknownFlagsOf('waymark install --statusline')).toEqual(['--statusline']);
  });

  it('uses plain words', () => {
    const said = messages.map(({ file, text }) => ({ file, said: withoutValues(text) }));
    expect(said.filter((one) => CLUMSY.test(one.said) && !NO_SENTENCE.test(one.said))).toEqual([]);
  });

  it('ends each remedy of an error with a full stop', () => {
    const remedies = Object.values(ERRORS).map(({ remedy }) => remedy);
    expect(remedies.filter((remedy) => !/^[A-Z].*\.$/.test(remedy))).toEqual([]);
  });
});

describe('the list of messages', () => {
  it('shows values in braces and leaves names, keys and queries out', () => {
    const source = [
      "const key = 'session_id';",
      "const query = 'SELECT id FROM sessions';",
      ['const said = `Cannot read $', '{file}: $', '{reasonOf(error)}`;'].join(''),
      '// Cannot be seen by anybody',
    ].join('\n');
    expect(messagesOf('a.ts', source)).toEqual([
      { file: 'a.ts', line: 3, text: 'Cannot read {file}: {reasonOf(error)}' },
    ]);
  });
});
