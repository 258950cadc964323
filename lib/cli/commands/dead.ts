import type { Command } from 'commander';
import { parseJsonObject } from '../../core/json.ts';
import {
  type AnyDeadLetter,
  chooseDeadLetters,
  shortEventId,
  filterDeadLetters,
  listAllDeadLetters,
  readDeadLetter,
} from '../../query/dead-letters.ts';
import type { ActionContext } from '../../actions/action-context.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import {
  type DeadLetterChange,
  discardDeadLetters,
  retryDeadLetters,
} from '../../actions/dead-letters.ts';
import { oneLine } from '../../core/one-line.ts';
import { shortenIds } from '../text/short-ids.ts';
import type { Column } from '../text/table.ts';
import { formatAgo, plural } from '../../core/units.ts';

interface PickFlags {
  readonly all?: boolean;
  readonly handler?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

/** Id, time and reason are what people look for. */
const LETTER_COLUMNS: readonly Column[] = [
  {},
  {},
  { least: 36 },
  { gives: 1, least: 12 },
  { gives: 2 },
];

type Change = (
  actionContext: ActionContext,
  letters: readonly AnyDeadLetter[],
) => Promise<DeadLetterChange>;

const EXAMPLES = `
Examples:
  $ waymark dead list                        dead letters and their reasons
  $ waymark dead list --handler user/notify  only deliveries to this handler
  $ waymark dead show evt_2026…              its content and its reason
  $ waymark dead retry --reason 'timed out'  retry these
  $ waymark dead retry --all                 retry all
  $ waymark dead discard evt_2026…           delete it permanently`;

/** `waymark dead`: entries and deliveries that were given up. */
export const addDead: AddCommand = (program, context) => {
  const dead = program.command('dead').addHelpText('after', EXAMPLES);
  addFilters(
    dead
      .command('list', DEFAULT_SUBCOMMAND)
      .description('List dead letters: entries, then deliveries, oldest first'),
  )
    .option('--json', 'print a JSON array')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark dead list\n  $ waymark dead list --handler notify --json',
    )
    .action((flags: PickFlags) => list(context, flags));
  dead
    .command('show')
    .description('Show the content and the reason of one')
    .argument('<id>', 'an id, or the beginning of one')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ waymark dead show evt_20261122_051530_5f0c2a9be1d40001@user/notify',
    )
    .action((id: string, flags: PickFlags) => show(context, id, flags));
  addChange(dead, context, {
    name: 'retry',
    description: 'Retry, with a new count of attempts',
    done: 'retried',
    change: retryDeadLetters,
  });
  addChange(dead, context, {
    name: 'discard',
    description: 'Delete permanently',
    done: 'discarded',
    change: discardDeadLetters,
  });
};

function addFilters(command: Command): Command {
  return command
    .option('--handler <name>', 'only deliveries to this handler or webhook')
    .option('--reason <text>', 'only those whose reason contains this text');
}

function addChange(
  dead: Command,
  context: CommandContext,
  {
    name,
    description,
    done,
    change,
  }: {
    readonly name: string;
    readonly description: string;
    readonly done: string;
    readonly change: Change;
  },
): void {
  addFilters(
    dead.command(name).description(description).argument('[ids...]', 'ids, or beginnings of ids'),
  )
    .option('--all', 'all dead letters')
    .option('--json', 'print a JSON array of the ids')
    .addHelpText(
      'after',
      `\nExamples:\n  $ waymark dead ${name} evt_20261122_051530_5f0c2a9be1d40001\n  $ waymark dead ${name} --handler user/notify\n  $ waymark dead ${name} --all`,
    )
    .action(async (ids: readonly string[], flags: PickFlags) => {
      const dead = await listAllDeadLetters(context.folder(), context.warn);
      const letters = chooseDeadLetters(dead, { ...flags, ids, all: flags.all === true });
      if (letters.length === 0 && flags.json !== true)
        context.print(context.runnable(nothingText(dead)));
      else report(context, letters, await change(context.actionContext(), letters), done, flags);
    });
}

async function list(context: CommandContext, flags: PickFlags): Promise<void> {
  const { clock, paint, print, printJson, printTable, runnable } = context;
  const all = await listAllDeadLetters(context.folder(), context.warn);
  const letters = filterDeadLetters(all, flags).map(({ summary }) => summary);
  if (flags.json === true) {
    printJson(letters);
    return;
  }
  if (letters.length === 0) {
    print(runnable(nothingText(all)));
    return;
  }
  const short = shortenIds(all.map(({ summary }) => shortEventId(summary)));
  const rows = letters.map((letter) => ({ ...letter, part: shortEventId(letter) }));
  const cells = rows.map(({ id, part, at, type, attempts, reason, handler }) => [
    paint.bold(oneLine(`${short.get(part) ?? id}${handler === undefined ? '' : `@${handler}`}`)),
    at === null ? '' : formatAgo(Date.parse(at), clock()),
    oneLine(reason),
    paint.cyan(oneLine(type)),
    paint.dim(plural(attempts, 'attempt')),
  ]);
  printTable(cells, { columns: LETTER_COLUMNS });
}

async function show(context: CommandContext, id: string, { json }: PickFlags): Promise<void> {
  const { letter, content, why } = await readDeadLetter(context.folder(), id, context.warn);
  if (json === true) {
    const own =
      letter.entry === undefined
        ? { output: letter.delivery.output }
        : { ...letter.entry, at: letter.summary.at, why: why ?? null };
    context.printJson({ ...letter.summary, ...own, content: parseJsonObject(content) ?? content });
    return;
  }
  printLetter(context, letter, { content, remedy: why?.['remedy'] });
}

function printLetter(
  { paint, print }: CommandContext,
  { summary, delivery }: AnyDeadLetter,
  { content, remedy }: { readonly content: string; readonly remedy: unknown },
): void {
  print(
    `${paint.bold(summary.id)} ${paint.cyan(summary.type)} after ${plural(summary.attempts, 'attempt')}`,
  );
  print(paint.red(oneLine(summary.reason)));
  if (typeof remedy === 'string') print(paint.dim(oneLine(remedy)));
  if (delivery?.output != null) print(paint.dim(oneLine(delivery.output)));
  const event = parseJsonObject(content);
  print(event === undefined ? oneLine(content.slice(0, 2_000)) : JSON.stringify(event, null, 2));
}

function report(
  { print, printJson, warn, runnable }: CommandContext,
  letters: readonly AnyDeadLetter[],
  { isDone, hasWorker }: DeadLetterChange,
  done: string,
  { json }: PickFlags,
): void {
  if (!hasWorker)
    warn(
      runnable('No worker is running and autostart is off. Start one: `waymark worker --detach`'),
    );
  const isQueued = ({ delivery }: AnyDeadLetter): boolean => delivery !== undefined && !isDone;
  if (json === true)
    printJson(
      letters.map((letter) => ({
        id: letter.summary.id,
        kind: letter.summary.kind,
        [done]: true,
        ...(isQueued(letter) ? { queued: true } : {}),
      })),
    );
  else print(`${countOf(letters)}${isDone ? ` ${done}.` : ` will be ${done} when a worker runs.`}`);
  if (!isDone)
    warn(
      runnable(
        'It waits in the queue for a worker; `waymark status` shows whether one is running.',
      ),
    );
}

/** Of a filter that nothing fits, it must not be said that all is well. */
function nothingText(all: readonly AnyDeadLetter[]): string {
  return all.length === 0
    ? 'No dead letters.'
    : `No dead letters match; \`waymark dead list\` shows ${plural(all.length, 'dead letter')}.`;
}

function countOf(letters: readonly AnyDeadLetter[]): string {
  const entries = letters.filter(({ entry }) => entry !== undefined).length;
  const deliveries = letters.length - entries;
  const parts = [
    ...(entries > 0 ? [plural(entries, 'entry', 'entries')] : []),
    ...(deliveries > 0 ? [plural(deliveries, 'delivery', 'deliveries')] : []),
  ];
  return parts.join(' and ');
}
