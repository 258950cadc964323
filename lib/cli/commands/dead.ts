import type { Command } from 'commander';
import { parseJsonObject } from '../../core/json.ts';
import { listDead, showDead, type DeadLetter } from '../../queue/dead-letters.ts';
import { queueFolder } from '../../queue/queue-folder.ts';
import { wakeWorker } from '../background-worker.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { discardLetters, pickLetters, retryLetters } from '../dead-letters.ts';
import { alignColumns, oneLine } from '../text/table.ts';
import { formatTime, plural } from '../text/units.ts';

interface PickFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark dead list                  what was given up, and why
  $ waymark dead show evt_2026…        its content and its reason
  $ waymark dead retry --all           put everything back into the queue
  $ waymark dead discard evt_2026…     remove it for good; the ledger remembers`;

/** `waymark dead`: entries that were given up. */
export const addDead: AddCommand = (program, context) => {
  const dead = program.command('dead').description('List, show, retry or discard entries that were given up').addHelpText('after', EXAMPLES);
  dead
    .command('list')
    .description('What lies in dead/, oldest first')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  $ waymark dead list\n  $ waymark dead list --json')
    .action((flags: PickFlags) => list(context, flags));
  dead
    .command('show')
    .description('Content and reason of one entry')
    .argument('<id>', 'an id, or the beginning of one')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark dead show evt_20261122_051530_5f0c2a9be1d40001')
    .action((id: string, flags: PickFlags) => show(context, id, flags));
  addPicking(dead, 'retry', 'Put entries back into the queue with a fresh count of attempts').action((ids: readonly string[], flags: PickFlags) => {
    const letters = retryLetters(context.folder(), pickLetters(context.folder(), ids, flags.all === true));
    if (letters.length > 0 && !wakeWorker(context)) context.warn('No worker runs and autostart is off: start one with `waymark worker --detach`.');
    report(context, letters, 'retried', flags);
  });
  addPicking(dead, 'discard', 'Remove entries for good').action((ids: readonly string[], flags: PickFlags) => {
    const letters = discardLetters(context.folder(), pickLetters(context.folder(), ids, flags.all === true), context.clock());
    report(context, letters, 'discarded', flags);
  });
};

function addPicking(dead: Command, name: string, description: string): Command {
  return dead
    .command(name)
    .description(description)
    .argument('[ids...]', 'ids, or the beginnings of some')
    .option('--all', 'every entry in dead/')
    .option('--json', 'print a JSON array of the ids')
    .addHelpText('after', `\nExamples:\n  $ waymark dead ${name} evt_20261122_051530_5f0c2a9be1d40001\n  $ waymark dead ${name} --all`);
}

function list({ folder, clock, paint, print, printJson, stdout }: CommandContext, { json }: PickFlags): void {
  const letters = listDead(queueFolder(folder().queue));
  if (json === true) {
    printJson(letters.map(({ id, type, reason, attempts, at }) => ({ id, kind: 'entry', type, reason, attempts, at: at ?? null })));
    return;
  }
  if (letters.length === 0) print('Nothing is dead.');
  const rows = letters.map((letter) => [
    letter.id,
    paint.dim(letter.at === undefined ? '' : formatTime(Date.parse(letter.at), clock())),
    paint.cyan(letter.type),
    plural(letter.attempts, 'attempt'),
    oneLine(letter.reason),
  ]);
  for (const line of alignColumns(rows, stdout.columns === undefined ? {} : { width: stdout.columns })) print(line);
}

function show({ folder, paint, print, printJson }: CommandContext, id: string, { json }: PickFlags): void {
  const picked = pickLetters(folder(), [id], false)[0]?.id ?? id;
  const { letter, content, reason } = showDead(queueFolder(folder().queue), picked);
  if (json === true) {
    printJson({ ...letter, kind: 'entry', at: letter.at ?? null, why: parseJsonObject(reason) ?? null, content: parseJsonObject(content) ?? content });
    return;
  }
  const why = parseJsonObject(reason);
  print(`${paint.bold(letter.id)} ${paint.cyan(letter.type)} after ${plural(letter.attempts, 'attempt')}`);
  print(paint.red(oneLine(letter.reason)));
  if (typeof why?.['remedy'] === 'string') print(paint.dim(oneLine(why['remedy'])));
  const event = parseJsonObject(content);
  print(event === undefined ? oneLine(content.slice(0, 2_000)) : JSON.stringify(event, null, 2));
}

function report({ print, printJson }: CommandContext, letters: readonly DeadLetter[], verb: string, { json }: PickFlags): void {
  if (json === true) printJson(letters.map(({ id }) => ({ id, kind: 'entry', [verb]: true })));
  else print(letters.length === 0 ? 'Nothing is dead.' : `${plural(letters.length, 'entry', 'entries')} ${verb}.`);
}
