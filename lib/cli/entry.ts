#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { parseJsonObject, stringField } from '../core/json.ts';
import { leaveDeletedFolder, refuseOldNode } from '../core/node-version.ts';
import { COMMANDS, helpText } from './command-table.ts';
import { type HelpPages, pageTextAt } from './help-page.ts';
import { mayBeTerminal, openOutput } from './output.ts';

/** Files that the build writes beside this one. */
const [PROGRAM, PAGES] = ['./main.js', `${__dirname}/help.json`];

start(process.argv.slice(2));

/**
 * `waymark` begins here. The build writes this as one CommonJS file that any Node can parse. It
 * answers version and help by itself and loads one file for everything else: that of the command,
 * where the build wrote one, or the whole program.
 */
function start(args: readonly string[]): void {
  leaveDeletedFolder();
  if (refuseOldNode('waymark')) return;
  const words = args.filter((arg) => arg !== '--no-color');
  const text = quickAnswer(words);
  if (text === undefined) loadCode(words[0]);
  else openOutput('stdout', () => undefined).write(text);
}

/** The answer to a command line that asks for the version or for help. */
function quickAnswer(words: readonly string[]): string | undefined {
  const last = words[words.length - 1];
  if (words.length === 1) {
    if (last === '--version' || last === '-V') return `${packageVersion()}\n`;
    return last === '--help' || last === '-h' || last === 'help' ? helpText() : undefined;
  }
  if (last === '--help' || last === '-h') return pageOf(words.slice(0, -1));
  return words.length === 2 && words[0] === 'help' ? pageOf(words.slice(1)) : undefined;
}

function packageVersion(): string {
  const text = readFileSync(`${__dirname}/../package.json`, 'utf8');
  return stringField(parseJsonObject(text) ?? {}, 'version') ?? '0.0.0';
}

/** The help of a command as the terminal shows it; `undefined` where only commander can say it. */
function pageOf(command: readonly string[]): string | undefined {
  const pages: HelpPages = JSON.parse(readFileSync(PAGES, 'utf8'));
  const page = pages[command.join(' ')];
  if (page === undefined) return undefined;
  const columns = mayBeTerminal(1) && process.stdout.isTTY ? process.stdout.columns : undefined;
  return pageTextAt(page, columns);
}

function loadCode(word = 'overview'): void {
  const isKnown = word === 'overview' || COMMANDS.some(({ name }) => name === word);
  const file = `${__dirname}/commands/${word}.cjs`;
  if (isKnown && existsSync(file)) require(file);
  else void import(PROGRAM);
}
