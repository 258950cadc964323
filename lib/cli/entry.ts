#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isPrivateFolder } from '../code-cache/cached-code.ts';
import { runScript } from '../code-cache/run-script.ts';
import { systemClock } from '../core/clock.ts';
import { parseJsonObject, stringField } from '../core/json.ts';
import { leaveDeletedFolder, refuseOldNode } from '../core/node-version.ts';
import { findStateRoot } from '../core/state-folder.ts';
import { COMMANDS, GLOBAL_FLAGS } from './command-table.ts';
import { type HelpPages, findPageText } from './help-page.ts';
import { mayBeTerminal, openOutput } from './output.ts';
import { choosePager, isLong, showPaged } from './pager.ts';
import { answerQuickly, parseQuickQuestion } from './quick-answer.ts';

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
  if (args[0] === 'completion' && args.length > 1)
    load(`${__dirname}/completion.cjs`, 'cache/completion');
  else run(args);
}

function run(args: readonly string[]): void {
  const question = parseQuickQuestion(args);
  const text =
    answerQuickly(question, packageVersion) ??
    (question !== undefined && question.asks === 'help' ? pageOf(question.command) : undefined);
  if (text === undefined) loadCode(args.filter((arg) => !GLOBAL_FLAGS.includes(arg)));
  else print(text, args);
}

function print(text: string, args: readonly string[]): void {
  const stdout = openOutput('stdout', () => undefined);
  const pager = stdout.isTTY === true ? choosePager(process.env, args) : undefined;
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
  return findPageText(page, columns);
}

/** Of a command, or of one that has a file beside that of its group. */
function loadCode([word = 'overview', next]: readonly string[]): void {
  const isKnown = word === 'overview' || COMMANDS.some(({ name }) => name === word);
  const files = word === 'worker' && next === 'log' ? ['worker-log', word] : [word];
  const file = files.map((name) => `${__dirname}/commands/${name}.cjs`).find(existsSync);
  if (isKnown && file !== undefined) load(file);
  else void import(PROGRAM);
}

/**
 * Loads a file with the code that was compiled at an earlier start, where there is a state folder.
 * @param folder Where that code is, in the state folder; a command may have the same name.
 */
function load(file: string, folder = 'cache'): void {
  const root = findStateRoot(process.env);
  if (root === undefined || !isPrivateFolder(root)) require(file);
  else
    runScript(file, {
      root,
      folder: `${root}/${folder}`,
      now: systemClock,
      load: (id, from) => createRequire(from)(id),
      atExit: (callback) => void process.once('exit', callback),
    });
}
