import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { HandlerStats } from '../../query/handler-stats.ts';
import { didYouMean } from '../../core/nearest-word.ts';
import { isNamed, listAcceptedNames } from '../../core/subscription-name.ts';
import { queryStore } from '../../query/store-view.ts';
import { MIN_SAMPLES } from '../text/outcome-mark.ts';
import type { Column } from '../text/table.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatCount } from '../../core/units.ts';

const EXAMPLES = `
Examples:
  $ waymark handlers stats
  $ waymark handlers stats notify --json`;

const COUNT: Column = { right: true };

/** What fails is what people look for. */
const COLUMNS: readonly Column[] = [
  { least: 16 },
  ...[COUNT, COUNT, { ...COUNT, gives: 3 }, COUNT, { ...COUNT, gives: 2 }, { ...COUNT, gives: 1 }],
  { least: 16 },
];

/** `waymark handlers stats [NAME]`: how handlers and webhooks fare. */
export function addStats(handlers: Command, context: CommandContext): void {
  handlers
    .command('stats')
    .description('Show runs, failures and durations of handlers and webhooks')
    .argument('[name]', 'one of them')
    .option('--json', 'print a JSON array')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, { json }: { readonly json?: boolean }) => {
      const { readHandlerStats } = await import('../../query/handler-stats.ts');
      const all = await queryStore<readonly HandlerStats[]>(context.folder(), [], readHandlerStats);
      const stats = all.filter(({ handler }) => name === undefined || isNamed(handler, name));
      if (json === true) context.printJson(stats);
      else if (stats.length === 0) context.print(nothingText(name, all));
      else printTable(stats, context);
      if (json !== true && name === undefined)
        context.print(
          context.paint.dim(
            context.runnable(
              'Built-in handlers are called builtin/NAME; `waymark handlers list` shows what they get.',
            ),
          ),
        );
    });
}

/** A name may be mistyped, or be that of a handler which got nothing yet. */
function nothingText(name: string | undefined, all: readonly HandlerStats[]): string {
  if (name === undefined) return 'No deliveries yet.';
  const known = listAcceptedNames(all.map(({ handler }) => handler));
  return `No deliveries to ${oneLine(name)} yet${didYouMean(name, known) || '.'}`;
}

function printTable(stats: readonly HandlerStats[], { paint, printTable }: CommandContext): void {
  const title = [
    'handler',
    'runs',
    'failed',
    'waiting',
    'dead',
    'p50 ms',
    'p95 ms',
    'last error',
  ].map(paint.dim);
  const rows = stats.map((one) => [
    paint.cyan(one.handler),
    ...[one.runs, one.failures, one.due + one.running].map(formatCount),
    one.dead === 0 ? '0' : paint.red(formatCount(one.dead)),
    percentileText(one.p50Ms, one.runs),
    percentileText(one.p95Ms, one.runs),
    oneLine(one.lastError ?? ''),
  ]);
  printTable([title, ...rows], { columns: COLUMNS });
}

/** A percentile of few runs says nothing. */
function percentileText(ms: number | null, runs: number): string {
  return ms === null || runs < MIN_SAMPLES ? '' : formatCount(ms);
}
