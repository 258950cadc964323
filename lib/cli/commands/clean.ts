import { resolveConfig } from '../../config/resolve.ts';
import { requestCleanUp, type CleanResult } from '../../actions/clean.ts';
import { type KindToClean, readCleanPlan } from '../../query/clean.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { formatBytes, formatCount, formatTime } from '../../core/units.ts';

interface CleanFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark clean --dry-run                     what would be deleted, by kind
  $ waymark clean                               delete it now
  $ waymark config set diskBudget 1GB           at most 1 GB in all`;

/** `waymark clean`: what is too old, and what is over the budget. */
export const addClean: AddCommand = (program, context) => {
  program
    .command('clean')
    .option('--dry-run', 'show what would be deleted; delete nothing')
    .option('--json', 'print a JSON array with an object for each kind')
    .addHelpText('after', EXAMPLES)
    .action((flags: CleanFlags) =>
      flags.dryRun === true
        ? show(context, flags.json === true)
        : clean(context, flags.json === true),
    );
};

async function show(context: CommandContext, isJson: boolean): Promise<void> {
  const kinds = await kindsOf(context);
  if (isJson) return context.printJson(kinds);
  const now = context.clock();
  const there = kinds.filter(({ bytes, count }) => bytes + count > 0);
  const head = ['KIND', 'SIZE', 'DELETES', 'BYTES', 'OLDEST'].map(context.paint.dim);
  const rows = there.map(({ kind, bytes, count, wouldFree, oldest }) => [
    context.paint.bold(kind),
    formatBytes(bytes),
    formatCount(count),
    formatBytes(wouldFree),
    oldest === null ? '–' : formatTime(Date.parse(oldest), now),
  ]);
  context.printTable([head, ...rows]);
  const { bytes, count } = sumOf(there.map((one) => ({ count: one.count, bytes: one.wouldFree })));
  context.print();
  context.print(
    count === 0
      ? 'Nothing is too old or over the budget.'
      : context.runnable(
          `${formatCount(count)} rows and files would be deleted, ${formatBytes(bytes)}. Delete them: \`waymark clean\``,
        ),
  );
}

async function clean(context: CommandContext, isJson: boolean): Promise<void> {
  const result = await requestCleanUp(context.actionContext());
  if (result.kinds === undefined) return printWaiting(context, result, isJson);
  if (isJson) {
    const went = new Map(result.kinds.map((one) => [one.kind, one]));
    const kinds = await kindsOf(context);
    context.printJson(
      kinds.map(({ kind, bytes, budget }) => ({
        kind,
        bytes,
        budget,
        freed: went.get(kind)?.bytes ?? 0,
        count: went.get(kind)?.count ?? 0,
      })),
    );
    return;
  }
  const { bytes, count } = sumOf(result.kinds);
  if (count === 0) return context.print('Nothing was too old or over the budget.');
  const head = ['KIND', 'DELETED', 'BYTES'].map(context.paint.dim);
  context.printTable([
    head,
    ...result.kinds.map((one) => [
      context.paint.bold(one.kind),
      formatCount(one.count),
      formatBytes(one.bytes),
    ]),
  ]);
  context.print();
  context.print(`${formatCount(count)} rows and files were deleted, ${formatBytes(bytes)}.`);
}

function printWaiting(
  { printJson, warn, runnable, exitWith }: CommandContext,
  { event, hasWorker }: CleanResult,
  isJson: boolean,
): void {
  if (isJson) printJson([]);
  warn(
    runnable(
      hasWorker
        ? `Cannot show what was deleted: the worker has not answered ${event} yet.\n\`waymark worker log\` shows why.`
        : 'Cannot clean up: no worker is running and autostart is off.\nRun `waymark dispatch`; the request waits in the queue.',
    ),
  );
  exitWith(1);
}

function sumOf(kinds: ReadonlyArray<{ readonly count: number; readonly bytes: number }>): {
  readonly count: number;
  readonly bytes: number;
} {
  return kinds.reduce(
    (sum, one) => ({ count: sum.count + one.count, bytes: sum.bytes + one.bytes }),
    { count: 0, bytes: 0 },
  );
}

async function kindsOf(context: CommandContext): Promise<readonly KindToClean[]> {
  const folder = context.folder();
  const { values } = resolveConfig({
    environment: context.environment,
    userFile: folder.configFile,
  });
  const { kinds, problem } = await readCleanPlan({ folder, config: values, clock: context.clock });
  if (problem !== undefined) context.warn(`Rows are left out. Cannot read the store: ${problem}`);
  return kinds;
}
