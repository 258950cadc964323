import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import { type EventFilter, listEvents } from '../read/events.ts';
import { findSession } from '../read/find-session.ts';
import { readStore } from '../read/store-view.ts';
import { eventSummary } from '../text/event-summary.ts';
import { parseLimit, parseWhen } from '../text/parse-when.ts';
import { alignColumns, oneLine } from '../text/table.ts';
import { formatTime } from '../text/units.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface EventsFlags {
  readonly json?: boolean;
  readonly limit: string;
  readonly type?: string;
  readonly source?: string;
  readonly session?: string;
  readonly correlation?: string;
  readonly priority?: string;
  readonly since?: string;
  readonly until?: string;
}

const EXAMPLES = `
Examples:
  $ waymark events                                 the latest fifty, newest last
  $ waymark events --type 'task.*' --since 2h
  $ waymark events --session last --limit 500 --json`;

/** `waymark events`: what was stored, as it was sent. */
export const addEvents: AddCommand = (program, context) => {
  program
    .command('events')
    .description('List stored events, newest last')
    .option('--json', 'print a JSON array')
    .option('--type <glob>', 'types that fit, such as checkpoint.*')
    .option('--source <glob>', 'sources that fit, such as hook/*')
    .option('--session <id>', 'an id, the beginning of one, or last')
    .option('--correlation <id>', 'events of one task or prompt')
    .option('--priority <word>', 'critical, high, medium or low')
    .option('--since <when>', '30m, 2h, 7d, a date or an ISO time')
    .option('--until <when>', 'the same')
    .option('--limit <n>', 'most events that are listed', '50')
    .addHelpText('after', EXAMPLES)
    .action((flags: EventsFlags) => {
      const limit = parseLimit(flags.limit, '--limit');
      const times = timesOf(flags, context.clock());
      const events = readStore<readonly JsonObject[]>(context.folder(), [], (database) => {
        const session = flags.session === undefined ? undefined : findSession(database, flags.session);
        return listEvents(database, { ...filterOf(flags), ...times, limit, ...(session === undefined ? {} : { session }) });
      });
      if (flags.json === true) context.printJson(events);
      else printEvents(events, context);
    });
};

function timesOf({ since, until }: EventsFlags, now: number): Pick<EventFilter, 'since' | 'until'> {
  return {
    ...(since === undefined ? {} : { since: parseWhen(since, now, '--since') }),
    ...(until === undefined ? {} : { until: parseWhen(until, now, '--until') }),
  };
}

function filterOf({ type, source, correlation, priority }: EventsFlags): Omit<EventFilter, 'limit'> {
  return {
    ...(type === undefined ? {} : { type }),
    ...(source === undefined ? {} : { source }),
    ...(correlation === undefined ? {} : { correlation }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function printEvents(events: readonly JsonObject[], { print, paint, clock, stdout }: CommandContext): void {
  if (events.length === 0) {
    print('No events fit.');
    return;
  }
  const rows = events.map((event) => [
    paint.dim(formatTime(Date.parse(stringField(event, 'timestamp') ?? ''), clock())),
    paint.cyan(stringField(event, 'event_type') ?? ''),
    paint.dim(stringField(event, 'source') ?? ''),
    oneLine(eventSummary(objectField(event, 'payload'))),
  ]);
  for (const line of alignColumns(rows, stdout.columns === undefined ? {} : { width: stdout.columns })) print(line);
}
