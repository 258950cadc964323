import { packageVersion } from '../../core/package-folder.ts';
import { readStatus, type Status } from '../../query/status.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { ABOUT, COMMANDS } from '../command-table.ts';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerWord } from '../text/outcome-mark.ts';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { wrapText } from '../text/display-width.ts';
import { formatCount, formatDuration, plural } from '../../core/units.ts';

/** `waymark` alone: how things stand in two lines, and what there is to run. */
export const addOverview: AddCommand = (program, context) => {
  program.action(() => showOverview(context));
};

async function showOverview(context: CommandContext): Promise<void> {
  const { print, paint } = context;
  print(`${paint.bold('waymark')} ${packageVersion()}  ${ABOUT}`);
  print();
  for (const line of await stateLines(context)) print(line);
  print();
  for (const line of commandLines(context)) print(line);
  print();
  print(paint.dim('waymark help says what each does, waymark docs explains.'));
}

/** The names of all commands below the headings of the help. */
function commandLines({ paint, width = PLAIN_COLUMNS }: CommandContext): readonly string[] {
  return [...new Set(COMMANDS.map(({ group }) => group))].flatMap((group) => {
    const names = COMMANDS.filter((row) => row.group === group).map(({ name }) => name);
    return [
      paint.bold(group),
      ...wrapText(names.join(' '), width - 2).map((line) => `  ${paint.cyan(line)}`),
    ];
  });
}

async function stateLines(context: CommandContext): Promise<readonly string[]> {
  const folder = context.folder();
  if (!existsSync(folder.root))
    return [`Nothing is recorded yet. To begin: ${context.ownCommand()} install`];
  const status = await readStatus({ folder, clock: context.clock, sleep: (ms) => sleep(ms) });
  return [workerLine(status, context), recordLine(status), ...troubleLines(status, context)];
}

function workerLine({ workers, queue, homeFault }: Status, { paint }: CommandContext): string {
  const first = workers[0];
  const worker =
    first === undefined
      ? `${paint.yellow('○ no worker')}${homeFault === undefined ? ' (the next hook starts one)' : ''}`
      : `Worker ${workerWord(first.state, paint)}`;
  return `${worker}, ${formatCount(queue.pending + queue.delayed + queue.processing)} in the queue`;
}

function recordLine({ sessions, at, ledger }: Status): string {
  const last =
    sessions.lastCheckpointAt === null
      ? ''
      : `, last checkpoint ${formatDuration(Date.parse(at) - Date.parse(sessions.lastCheckpointAt))} ago`;
  return `${plural(sessions.total, 'session')} recorded (${formatCount(sessions.active)} active)${last}; ${formatCount(ledger.stored)} of ${formatCount(ledger.captured)} events stored`;
}

function troubleLines(
  { queue, outbox, ledger, store, hookErrors, home, homeFault }: Status,
  { paint }: CommandContext,
): readonly string[] {
  return [
    ...(homeFault === undefined
      ? []
      : [paint.red(`No worker can use ${home}: ${homeFault.problem}`), homeFault.remedy]),
    ...(queue.dead > 0
      ? [paint.red(`${plural(queue.dead, 'entry', 'entries')} dead: waymark dead list`)]
      : []),
    ...(outbox.dead > 0
      ? [paint.red(`${plural(outbox.dead, 'delivery', 'deliveries')} dead: waymark dead list`)]
      : []),
    ...(ledger.gaps > 0
      ? [paint.red(`${plural(ledger.gaps, 'event')} missing: waymark doctor`)]
      : []),
    ...(store.message === null ? [] : [paint.red(`The store is ${store.state}: waymark doctor`)]),
    ...(hookErrors.count > 0
      ? [
          paint.yellow(
            `${plural(hookErrors.count, 'hook error')} in the last 24 hours: waymark status`,
          ),
        ]
      : []),
  ];
}
