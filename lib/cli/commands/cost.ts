import { Option } from 'commander';
import { countRows } from '../../query/builder.ts';
import {
  type CostReport,
  readConfiguredPrices,
  createEmptyCostReport,
  readCost,
} from '../../query/cost.ts';
import { COST_BY, type CostBy } from '../../query/cost-query.ts';
import { queryStore } from '../../query/store-view.ts';
import { formatCostAsJson } from '../json/cost-json.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';
import { COST_COLUMNS, formatCostNotes, formatCostRows } from '../text/cost-text.ts';
import { parseLimit, parseWhen } from '../text/parse-when.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface CostFlags {
  readonly by: CostBy;
  readonly since?: string;
  readonly all?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark cost                       the last 30 days
  $ waymark cost --by model --since 7d
  $ waymark cost --by project --all    since the first known answer
  $ waymark cost --json | jq 'map(.cost) | add'`;

/** Days that are shown where none is named, today included. */
const DAYS = 30;

/**
 * `waymark cost`: what answers cost at list prices, by day, project, model, session or kind of
 * agent.
 */
export const addCost: AddCommand = (program, context) => {
  program
    .command('cost')
    .addOption(new Option('--by <what>', 'what to group by').choices(COST_BY).default('day'))
    .option('--since <when>', 'since this time: 7d, a date, an ISO time (default: 30 days)')
    .option('--all', 'since the first known answer')
    .option('--limit <n>', 'list at most this many; the total includes all', '50')
    .option('--json', 'print a JSON array')
    .addHelpText('after', EXAMPLES)
    .action((flags: CostFlags) => showCost(context, flags));
};

interface Found {
  readonly report: CostReport;
  /** Answers before that time, where the report has none. */
  readonly elsewhere: number;
}

async function showCost(context: CommandContext, flags: CostFlags): Promise<void> {
  const { print, printJson, printTable, printText, paint, runnable } = context;
  const { by } = flags;
  const limit = parseLimit(flags.limit, '--limit');
  const since = flags.all === true ? undefined : beginOf(flags, context.clock());
  const prices = readConfiguredPrices(context.actionContext());
  const wish = since === undefined ? { by, limit, prices } : { by, limit, prices, since };
  const { report, elsewhere } = await queryStore<Found>(
    context.folder(),
    { report: createEmptyCostReport(by), elsewhere: 0 },
    async (database) => {
      const found = await readCost(database, wish);
      const isEmpty = found.total.answers === 0;
      return { report: found, elsewhere: isEmpty ? await countRows(database, 'usage') : 0 };
    },
  );
  if (flags.json === true) return printJson(formatCostAsJson(report));
  if (report.total.answers === 0 && report.statisticsOnly.length === 0) {
    const what = { what: 'answers', elsewhere, all: 'waymark cost --all' };
    return print(runnable(formatEmptyList(context.folder(), what)));
  }
  printTable(formatCostRows(report, paint), { columns: COST_COLUMNS });
  const notes = formatCostNotes(report);
  if (notes.length > 0) print();
  for (const note of notes) printText(note);
}

function beginOf({ since }: CostFlags, now: number): number {
  if (since !== undefined) return parseWhen(since, now, '--since');
  const begin = new Date(now);
  begin.setHours(0, 0, 0, 0);
  return begin.setDate(begin.getDate() - (DAYS - 1));
}
