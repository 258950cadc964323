import type { JsonObject } from '../../core/json.ts';
import { type Damage, followEventLog, readEventLog } from '../../query/event-log.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { formatDamage } from '../text/damage-text.ts';
import { EVENT_COLUMNS, formatEventCells } from '../text/event-line.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import { suggestType } from '../text/type-hint.ts';
import { parseLimit, parseWhen } from '../text/parse-when.ts';
import { alignColumns } from '../text/table.ts';

interface LogFlags {
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly limit: string;
  readonly since?: string;
  readonly type?: string;
  readonly replays?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark log                               the latest fifty, newest last
  $ waymark log --follow --type 'worker.*'    and new ones, until Ctrl+C
  $ waymark log --since 2h --json | jq .event_type`;

/** Columns of a line that is printed alone. */
const WIDTHS = [19, 30, 24] as const;

/** `waymark log`: the event logs, turned-over ones included. */
export const addLog: AddCommand = (program, context) => {
  program
    .command('log')
    .option('-f, --follow', 'keep showing new events')
    .option('--type <glob>', 'only types that match, such as worker.*')
    .option('--since <when>', 'since this time: 30m, 2h, 7d (ago), a date or an ISO time')
    .option('--replays', 'include replayed events')
    .option('--limit <n>', 'start with at most this many', '50')
    .option('--json', 'JSON lines, as they are in the logs')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: LogFlags) => {
      const { folder, clock, warn, readerGone } = context;
      const filter = {
        ...(flags.since === undefined ? {} : { since: parseWhen(flags.since, clock(), '--since') }),
        ...(flags.type === undefined ? {} : { type: flags.type }),
        ...(flags.replays === undefined ? {} : { replays: flags.replays }),
        limit: parseLimit(flags.limit, '--limit'),
      };
      if (flags.follow === true) {
        const onEvent = (event: JsonObject): void => showOne(event, flags, context);
        await followEventLog(folder(), filter, onEvent, readerGone?.());
        return;
      }
      const onDamage = (damage: Damage): void => warn(formatDamage(damage));
      show(await readEventLog(folder(), filter, onDamage), flags, context);
    });
};

function show(events: readonly JsonObject[], flags: LogFlags, context: CommandContext): void {
  const { paint, clock, print, printTable } = context;
  if (flags.json === true) for (const event of events) print(JSON.stringify(event));
  else if (events.length === 0) print(noneInLog(flags, context));
  else {
    const rows = events.map((event) => formatEventCells(event, paint, clock()));
    printTable(rows, { columns: EVENT_COLUMNS });
  }
}

function noneInLog({ type, since }: LogFlags, { folder, runnable }: CommandContext): string {
  if (type !== undefined || since !== undefined)
    return ['No events match.', ...suggestType(type)].join('\n');
  return runnable(formatEmptyList(folder(), { what: 'events', elsewhere: 0, all: 'waymark log' }));
}

function showOne(
  event: JsonObject,
  { json }: LogFlags,
  { paint, clock, width, print }: CommandContext,
): void {
  if (json === true) {
    print(JSON.stringify(event));
    return;
  }
  // the first row only makes the columns wide enough
  const spread = [
    WIDTHS.map((width) => ' '.repeat(width)),
    [...formatEventCells(event, paint, clock())],
  ];
  for (const line of alignColumns(spread, { width }).slice(1)) print(line);
}
