#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { parseJsonObject, stringField } from '../core/json.ts';
import { leaveDeletedFolder, refuseOldNode } from '../core/node-version.ts';
import { COMMANDS, GLOBAL_FLAGS } from './command-table.ts';
import { type HelpPages, pageTextAt } from './help-page.ts';
import { mayBeTerminal, openOutput } from './output.ts';
import { chosenPager, isLong, showPaged } from './pager.ts';
import { quickAnswer, quickQuestion } from './quick-answer.ts';

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
  if (args[0] === 'completion' && args.length > 1) require(`${__dirname}/completion.cjs`);
  else run(args);
}

function run(args: readonly string[]): void {
  const question = quickQuestion(args);
  const text =
    quickAnswer(question, packageVersion) ??
    (question !== undefined && question.asks === 'help' ? pageOf(question.command) : undefined);
  if (text === undefined) loadCode(args.filter((arg) => !GLOBAL_FLAGS.includes(arg))[0]);
  else print(text, args);
}

function print(text: string, args: readonly string[]): void {
  const stdout = openOutput('stdout', () => undefined);
  const pager = stdout.isTTY === true ? chosenPager(process.env, args) : undefined;
  const isShown =
    pager !== undefined && isLong(text, stdout) && showPaged(pager, text, process.env);
  if (!isShown) stdout.write(text);
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
