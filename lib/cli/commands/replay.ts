import { type Command, Option } from 'commander';
import { URGENCIES } from '../../events/envelope.ts';
import { replayEvents, type ReplayReport } from '../../actions/replay-events.ts';
import type { ReplayChoice } from '../../actions/replay-selection.ts';
import { WaymarkError } from '../../core/errors.ts';
import { parseDay, parseLimit, parseWhen } from '../text/parse-when.ts';
import { formatDamage } from '../text/damage-text.ts';
import { formatEventCells } from '../text/event-line.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatCount, plural } from '../../core/units.ts';
import type { AddCommand, CommandContext, Output } from '../command-context.ts';

interface ReplayFlags {
  readonly since?: string;
  readonly until?: string;
  readonly date?: string;
  readonly type?: string;
  readonly source?: string;
  readonly priority?: string;
  readonly correlation?: string;
  readonly session?: string;
  readonly any?: boolean;
  readonly limit?: string;
  readonly to?: string;
  readonly again?: boolean;
  readonly missing?: boolean;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark replay --date 2026-11-22 --type 'task.*' --dry-run
  $ waymark replay --since 2h --to notify          to one handler
  $ waymark replay evt_20261122_051530_5f0c2a9be1d40001 --again
  $ waymark replay --type '*' --missing            refill a lost store

A replay needs one of --to, --again and --missing; see waymark docs replay.`;

/** `waymark replay`: queues events again, marked as replays. */
export const addReplay: AddCommand = (program, context) => {
  withFilters(program.command('replay'))
    .option('--limit <n>', 'replay at most this many')
    .option('--to <name>', 'deliver to this one handler or webhook, such as notify or user/notify')
    .option('--again', 'process them again, in the store and in every handler')
    .option('--missing', 'only events that the store does not have: refills a lost store')
    .option('--dry-run', 'show what would be replayed')
    .option('--verbose', 'print a line for each event')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((ids: readonly string[], flags: ReplayFlags) => run(context, ids, flags));
};

function withFilters(command: Command): Command {
  return command
    .argument('[ids...]', 'events to replay, instead of a filter')
    .option('--since <when>', 'since this time: 30m, 2h, 7d (ago), a date or an ISO time')
    .option('--until <when>', 'until this time, in the same form')
    .option('--date <day>', 'one day, such as 2026-11-22')
    .option('--type <glob>', 'only types that match, such as task.*')
    .option('--source <glob>', 'only sources that match, such as hook/*')
    .addOption(new Option('--priority <word>', 'only this priority').choices(URGENCIES))
    .option('--correlation <id>', 'only events of one task or prompt')
    .option('--session <id>', 'an id, the beginning of one, or last')
    .option('--any', 'last means the latest session of all folders');
}

async function run(
  context: CommandContext,
  ids: readonly string[],
  flags: ReplayFlags,
): Promise<void> {
  const {
    to,
    again = false,
    missing = false,
    dryRun = false,
    verbose = false,
    json = false,
  } = flags;
  const onEvent =
    verbose && !json
      ? { onEvent: (event: Parameters<typeof formatEventCells>[0]) => printOne(context, event) }
      : {};
  const aim = to === undefined ? {} : { to };
  const progress = createProgressLine(context.stderr, context.clock);
  const verb = dryRun ? 'found' : 'replayed';
  const report = await replayEvents(context.actionContext(), choiceOf(ids, flags, context), {
    again,
    missing,
    isDry: dryRun,
    keepsIds: json && verbose,
    ...aim,
    ...onEvent,
    onProblem: context.warn,
    onProgress: ({ looked, total, selected }) =>
      progress.show(looked, total, `${formatCount(selected)} ${verb}`),
  }).finally(() => progress.end());
  if (json) context.printJson({ ...report, dryRun, again, to: to ?? null });
  else printReport(context, report, dryRun);
  if (report.refused.length > 0) context.exitWith(1);
}

function choiceOf(
  ids: readonly string[],
  flags: ReplayFlags,
  context: CommandContext,
): ReplayChoice {
  const { type, source, priority, correlation, session, limit } = flags;
  const named = Object.entries({ type, source, priority, correlation, session });
  return {
    ids,
    filter: {
      ...timesOf(flags, context.clock()),
      ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
    },
    scope: flags.any === true ? 'any' : context,
    ...(limit === undefined ? {} : { limit: parseLimit(limit, '--limit') }),
  };
}

function timesOf(
  { since, until, date }: ReplayFlags,
  now: number,
): { readonly since?: number; readonly until?: number } {
  if (date !== undefined) {
    if (since !== undefined || until !== undefined)
      throw new WaymarkError(
        'USAGE',
        'Cannot use --date with --since or --until: each names a time',
        {
          remedy: 'Give one of them.',
        },
      );
    return parseDay(date, '--date');
  }
  return {
    ...(since === undefined ? {} : { since: parseWhen(since, now, '--since') }),
    ...(until === undefined ? {} : { until: parseWhen(until, now, '--until') }),
  };
}

function printOne(
  { paint, clock, printTable }: CommandContext,
  event: Parameters<typeof formatEventCells>[0],
): void {
  printTable([formatEventCells(event, paint, clock())]);
}

function printReport(
  { print, printTable, warn, paint }: CommandContext,
  report: ReplayReport,
  isDry: boolean,
): void {
  for (const damage of report.damage) warn(formatDamage(damage));
  for (const { id, reason } of report.refused) warn(oneLine(`${id}: ${reason}`));
  if (report.selected === 0) {
    print('No events match.');
    return;
  }
  const rows = Object.entries(report.types).map(([type, count]) => [
    paint.cyan(type),
    formatCount(count),
  ]);
  if (isDry) printTable(rows, { columns: [{}, { right: true }], indent: '  ' });
  print(
    isDry
      ? `${plural(report.selected, 'event')} would be replayed.`
      : `${plural(report.queued, 'event')} replayed.`,
  );
}

/** How far a long piece of work is, on the last line of a terminal; nothing where there is none. */
interface ProgressLine {
  show(done: number, total: number, text: string): void;
  /** Takes the line away. */
  end(): void;
}

const BAR = 24;
const MIN_UPDATE_MS = 80;
const ERASE = '\r\u001b[2K';

export function createProgressLine(output: Output, clock: () => number): ProgressLine {
  if (output.isTTY !== true) return { show: () => undefined, end: () => undefined };
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(done, total, text) {
      if (Math.abs(clock() - shownAt) < MIN_UPDATE_MS) return;
      shownAt = clock();
      const part = total === 0 ? 1 : Math.min(1, done / total);
      const bar = '█'.repeat(Math.round(part * BAR)).padEnd(BAR, '░');
      output.write(`${ERASE}${bar} ${String(Math.floor(part * 100)).padStart(3)}%  ${text}`);
    },
    end() {
      if (shownAt > Number.NEGATIVE_INFINITY) output.write(ERASE);
    },
  };
}
