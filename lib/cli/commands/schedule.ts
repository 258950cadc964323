import { resolveConfig } from '../../config/resolve.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';
import { runSchedule } from '../../actions/run-schedule.ts';
import type { ScheduleSummary } from '../../query/schedules.ts';
import { formatAgo } from '../../core/units.ts';

interface ScheduleFlags {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark schedule list
  $ waymark schedule run learning          now, whatever the time
  $ waymark config set schedules 'nightly 0 3 * * * report.wanted {"days":1}'`;

/** `waymark schedule`: what is emitted when. */
export const addSchedule: AddCommand = (program, context) => {
  const schedule = program.command('schedule').addHelpText('after', EXAMPLES);
  schedule
    .command('list', DEFAULT_SUBCOMMAND)
    .description('List schedules with their last and next run')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  $ waymark schedule list --json')
    .action((flags: ScheduleFlags) => list(context, flags.json === true));
  schedule
    .command('run')
    .description('Emit the event of a schedule now; its next run does not change')
    .argument('<name>', 'as `waymark schedule list` shows it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ waymark schedule run cleanup')
    .action((name: string, flags: ScheduleFlags) => run(context, name, flags.json === true));
};

async function list(context: CommandContext, isJson: boolean): Promise<void> {
  const now = context.clock();
  const entries = entriesOf(context);
  const { listSchedules } = await import('../../query/schedules.ts');
  const schedules = await listSchedules(context.folder(), entries, now, context.warn);
  if (isJson) context.printJson(schedules);
  else printAll(schedules, context, now);
}

function printAll(
  schedules: readonly ScheduleSummary[],
  { printTable, paint }: CommandContext,
  now: number,
): void {
  const time = (at: string | null): string => (at === null ? '–' : formatAgo(Date.parse(at), now));
  const head = ['NAME', 'WHEN', 'LAST', 'NEXT', 'ORIGIN', 'EMITS'].map(paint.dim);
  const rows = schedules.map(
    ({ name, timing, last, next, origin, type, payload, onlyWhileActive }) => [
      paint.bold(name),
      timing,
      paint.dim(time(last)),
      onlyWhileActive ? `${time(next)} if active` : time(next),
      paint.dim(origin),
      `${paint.cyan(type)}${Object.keys(payload).length === 0 ? '' : ` ${JSON.stringify(payload)}`}`,
    ],
  );
  printTable([head, ...rows], {
    columns: [{ least: 12 }, { least: 9 }, { gives: 1 }, {}, { gives: 2 }, { least: 16 }],
  });
}

async function run(context: CommandContext, name: string, isJson: boolean): Promise<void> {
  entriesOf(context);
  const { event, hasWorker } = await runSchedule(context.actionContext(), name);
  if (isJson)
    context.printJson({
      id: event.event_id,
      type: event.event_type,
      schedule: name,
      worker: hasWorker,
    });
  else context.print(`${event.event_type} ${event.event_id}`);
  if (!hasWorker) context.warn('No worker is running and autostart is off; it waits in the queue.');
}

/** As the worker reads them; says which ones it leaves out. */
function entriesOf({ environment, folder, warn }: CommandContext): readonly string[] {
  const { values, problems } = resolveConfig({ environment, userFile: folder().configFile });
  for (const problem of problems.filter((one) => OWN_PROBLEM.test(one))) warn(problem);
  return values.schedules;
}

const OWN_PROBLEM = /^Cannot use (?:schedules|WAYMARK_SCHEDULES) /;
