import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { type HandlerStats, readHandlerStats } from '../read/handler-stats.ts';
import { readStore } from '../read/store-view.ts';
import { alignColumns, oneLine } from '../text/table.ts';
import { formatCount } from '../text/units.ts';

const EXAMPLES = `
Examples:
  $ waymark handlers stats
  $ waymark handlers stats notify --json`;

/** `waymark handlers stats [NAME]`: how handlers and webhooks fare. */
export function addStats(handlers: Command, context: CommandContext): void {
  handlers
    .command('stats')
    .description('Runs, failures and durations of handlers and webhooks')
    .argument('[name]', 'one of them')
    .option('--json', 'print a JSON array')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, { json }: { readonly json?: boolean }) => {
      const all = readStore<readonly HandlerStats[]>(context.folder(), [], readHandlerStats);
      const stats = all.filter(({ handler }) => name === undefined || handler === name || handler.slice(handler.indexOf('/') + 1) === name);
      if (json === true) context.printJson(stats);
      else if (stats.length === 0) context.print('Nothing was delivered yet.');
      else printTable(stats, context);
      if (json !== true && name === undefined)
        context.print(context.paint.dim("Handlers of waymark's own are called builtin/NAME; `waymark handlers list` shows what they get."));
    });
}

function printTable(stats: readonly HandlerStats[], { paint, print, stdout }: CommandContext): void {
  const title = ['handler', 'runs', 'failed', 'waiting', 'dead', 'p50 ms', 'p95 ms', 'last error'].map(paint.dim);
  const rows = stats.map((one) => [
    paint.cyan(one.handler),
    ...[one.runs, one.failures, one.due + one.running].map(formatCount),
    one.dead === 0 ? '0' : paint.red(formatCount(one.dead)),
    one.p50Ms === null ? '' : formatCount(one.p50Ms),
    one.p95Ms === null ? '' : formatCount(one.p95Ms),
    oneLine(one.lastError ?? ''),
  ]);
  const width = stdout.columns === undefined ? {} : { width: stdout.columns };
  for (const line of alignColumns([title, ...rows], { right: [1, 2, 3, 4, 5, 6], ...width })) print(line);
}
