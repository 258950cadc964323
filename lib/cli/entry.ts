#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { endAtOnce } from '../core/end-at-once.ts';
import { parseJsonObject, stringField } from '../core/json.ts';
import { leaveDeletedFolder, refuseOldNode } from '../core/node-version.ts';
import { packageLoader } from '../core/package-loader.ts';
import { COMMANDS, GLOBAL_FLAGS } from './command-table.ts';
import { type HelpPages, findPageText } from './help-page.ts';
import { loadCompiled } from './load-compiled.ts';
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
  endAtOnce(() => !isAddonLoaded());
  if (args[0] === 'completion' && args.length > 1) require(`${__dirname}/completion.cjs`);
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

/** The driver of the store is one: it closes its connections when Node cleans up. */
function isAddonLoaded(): boolean {
  return Object.keys(packageLoader().cache).some((file) => file.endsWith('.node'));
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

function loadCode(args: readonly string[]): void {
  const [word = 'overview', next] = args;
  const isKnown = word === 'overview' || COMMANDS.some(({ name }) => name === word);
  const files = word === 'worker' ? filesOfWorker(next, args) : [word];
  const file = files.map((name) => `${__dirname}/commands/${name}.cjs`).find(existsSync);
  if (isKnown && file !== undefined) loadCompiled(file);
  else void import(PROGRAM);
}

/** A worker that stays loads the shared files, of which a process keeps less in memory. */
function filesOfWorker(next: string | undefined, args: readonly string[]): readonly string[] {
  if (next === 'log') return ['worker-log', 'worker'];
  return next === 'stop' || args.includes('--once') ? ['worker'] : [];
}
