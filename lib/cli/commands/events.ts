import { Option } from 'commander';
import type { JsonObject } from '../../core/json.ts';
import { COUNT_BY, type CountBy, countEvents, type EventCount } from '../../query/count-events.ts';
import { URGENCIES } from '../../events/envelope.ts';
import type { Damage } from '../../query/event-log.ts';
import { queryEvents, type EventFilter, listEvents, readEvent } from '../../query/events.ts';
import { formatDamage } from '../text/damage-text.ts';
import { EVENT_COLUMNS, formatEventCells } from '../text/event-line.ts';
import { countRows } from '../../query/builder.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import { suggestType } from '../text/type-hint.ts';
import { queryStore } from '../../query/store-view.ts';
import { parseLimit, parseWhen } from '../text/parse-when.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatAgo, formatCount, formatTime } from '../../core/units.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface EventsFlags {
  readonly json?: boolean;
  readonly limit: string;
  readonly type?: string;
  readonly source?: string;
  readonly session?: string;
  readonly any?: boolean;
  readonly correlation?: string;
  readonly priority?: string;
  readonly since?: string;
  readonly until?: string;
  readonly id?: string;
  readonly replays?: boolean;
  readonly countBy?: CountBy;
}

const EXAMPLES = `
Examples:
  $ waymark events                                 the latest fifty, newest last
  $ waymark events --type 'task.*' --since 2h
  $ waymark events --session last --limit 500 --json
  $ waymark events --count-by hour --since 1d`;

/** `waymark events`: what was stored, as it was sent. */
export const addEvents: AddCommand = (program, context) => {
  program
    .command('events')
    .option('--json', 'print a JSON array')
    .option('--type <glob>', 'only types that match, such as checkpoint.*')
    .option('--source <glob>', 'only sources that match, such as hook/*')
    .option('--session <id>', 'an id, the beginning of one, or last')
    .option('--any', 'last means the latest session of all folders')
    .option('--correlation <id>', 'only events of one task or prompt')
    .addOption(new Option('--priority <word>', 'only this priority').choices(URGENCIES))
    .option('--since <when>', 'since this time: 30m, 2h, 7d (ago), a date or an ISO time')
    .option('--until <when>', 'until this time, in the same form')
    .option('--replays', 'include replayed events')
    .option(
      '--id <id>',
      'show one complete event: its id, or the beginning of one; a full id also from the archive',
    )
    .option('--limit <n>', 'list at most this many events or counts', '50')
    .addOption(
      new Option('--count-by <what>', 'count the matching events instead').choices(COUNT_BY),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: EventsFlags) => {
      const { folder, warn } = context;
      if (flags.id !== undefined) {
        const onDamage = (damage: Damage): void => warn(formatDamage(damage));
        context.printJson(await readEvent(folder(), flags.id, onDamage));
        return;
      }
      const limit = parseLimit(flags.limit, '--limit');
      const filter = { ...filterOf(flags), ...timesOf(flags, context.clock()), limit };
      const { countBy } = flags;
      const scope = flags.any === true ? 'any' : context;
      if (countBy !== undefined) {
        const counts = await queryEvents(folder(), filter, scope, (database, wanted) =>
          countEvents(database, countBy, wanted),
        );
        if (flags.json === true) context.printJson(counts);
        else if (counts.length === 0) await printNone(context, flags);
        else printCounts(counts, countBy, context);
        return;
      }
      const events = await queryEvents(folder(), filter, scope, listEvents);
      if (flags.json === true) context.printJson(events);
      else if (events.length === 0) await printNone(context, flags);
      else printEvents(events, context);
    });
};

function timesOf({ since, until }: EventsFlags, now: number): Pick<EventFilter, 'since' | 'until'> {
  return {
    ...(since === undefined ? {} : { since: parseWhen(since, now, '--since') }),
    ...(until === undefined ? {} : { until: parseWhen(until, now, '--until') }),
  };
}

function filterOf({
  type,
  source,
  session,
  correlation,
  priority,
  replays,
}: EventsFlags): Omit<EventFilter, 'limit'> {
  return {
    ...(session === undefined ? {} : { session }),
    ...(type === undefined ? {} : { type }),
    ...(source === undefined ? {} : { source }),
    ...(correlation === undefined ? {} : { correlation }),
    ...(priority === undefined ? {} : { priority }),
    ...(replays === undefined ? {} : { replays }),
  };
}

async function printNone(
  { folder, print, runnable }: CommandContext,
  { type }: EventsFlags,
): Promise<void> {
  const elsewhere = await queryStore(folder(), 0, (database) => countRows(database, 'events'));
  print(runnable(formatEmptyList(folder(), { what: 'events', elsewhere, all: 'waymark events' })));
  for (const line of suggestType(type)) print(line);
}

function printEvents(
  events: readonly JsonObject[],
  { paint, clock, printTable }: CommandContext,
): void {
  const rows = events.map((event) => formatEventCells(event, paint, clock(), formatAgo));
  printTable(rows, { columns: EVENT_COLUMNS });
}

const BAR_WIDTH = 40;

function printCounts(
  counts: readonly EventCount[],
  by: CountBy,
  { paint, clock, printTable }: CommandContext,
): void {
  const most = Math.max(...counts.map(({ count }) => count));
  const rows = counts.map(({ value, count }) => [
    by === 'hour' ? formatTime(Date.parse(value), clock()) : oneLine(value),
    formatCount(count),
    paint.cyan('█'.repeat(Math.max(1, Math.round((BAR_WIDTH * count) / most)))),
  ]);
  printTable(rows, { columns: [{ least: 16 }, { right: true }, { least: 4 }] });
}
