import type { AddCommand, CommandContext } from '../command-context.ts';
import { readRouting, type RoutingReport, type RoutingSpan } from '../../query/routing.ts';
import { queryStore } from '../../query/store-view.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import type { Column } from '../text/table.ts';
import { formatCount, formatDuration, plural } from '../../core/units.ts';

const EXAMPLES = `
Examples:
  $ waymark routing                    figures and advice
  $ waymark routing --json | jq '.advice'`;

/** `waymark routing`: what was learned of agents. */
export const addRouting: AddCommand = (program, context) => {
  program
    .command('routing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: { readonly json?: boolean }) => {
      const report = await queryStore<RoutingReport>(
        context.folder(),
        { agents: [], advice: [] },
        (database) => readRouting(database, context.clock()),
      );
      if (flags.json === true) context.printJson(report);
      else printReport(report, context);
    });
};

const COUNT: Column = { right: true };

/** Which agent does how well at which task is what people look for. */
const COLUMNS: readonly Column[] = [
  ...[{ least: 8 }, { least: 12 }, { least: 10, gives: 4 }],
  ...[COUNT, COUNT, { ...COUNT, gives: 3 }, { ...COUNT, gives: 2 }, { ...COUNT, gives: 1 }],
  ...[{ gives: 5 }, { gives: 6 }],
];

function printReport(
  { agents, advice }: RoutingReport,
  { print, printTable, paint, folder, runnable }: CommandContext,
): void {
  if (agents.length === 0) {
    print(
      runnable(
        formatEmptyList(folder(), { what: 'runs of agents', elsewhere: 0, all: 'waymark routing' }),
      ),
    );
    return;
  }
  const head = [
    'TASK',
    'AGENT',
    'MODEL',
    'RUNS',
    'SUCCESS',
    'TOKENS',
    'TIME',
    'CONFIDENCE',
    '7 DAYS',
    '30 DAYS',
  ].map(paint.dim);
  const rows = agents.map((line) => [
    line.kind,
    paint.cyan(line.agentType),
    line.model,
    formatCount(line.runs),
    rateText(line.successRate),
    line.tokens === null ? '–' : formatCount(line.tokens),
    line.durationMs === null ? '–' : formatDuration(line.durationMs),
    rateText(line.confidence),
    paint.dim(spanText(line.last7Days)),
    paint.dim(spanText(line.last30Days)),
  ]);
  printTable([head, ...rows], { columns: COLUMNS });
  print();
  const lines = advice.map(({ kind, agentType, model, confidence, reason }) => [
    `For ${kind}:`,
    agentType === null
      ? paint.dim(`no advice, ${reason}`)
      : `${paint.green(`${agentType} with ${model ?? ''}`)}${paint.dim(`, ${rateText(confidence)} sure: ${reason}`)}`,
  ]);
  printTable(lines);
}

function rateText(rate: number | null): string {
  return rate === null ? '–' : `${Math.round(rate * 100)} %`;
}

function spanText({ runs, successRate, tokens }: RoutingSpan): string {
  return runs === 0
    ? '–'
    : `${plural(runs, 'run')}, ${rateText(successRate)}${tokens === null ? '' : `, ${formatCount(tokens)} tokens`}`;
}
