import { type Command, Option } from 'commander';
import { liftBudget, setBudget } from '../../actions/set-budget.ts';
import {
  BUDGET_ACTIONS,
  BUDGET_KINDS,
  type BudgetAction,
  type BudgetKind,
} from '../../config/budgets.ts';
import { formatUsd } from '../../core/units.ts';
import {
  type BudgetLine,
  budgetLines,
  configuredBudgets,
  readSpending,
} from '../../query/budgets.ts';
import { readConfiguredPrices } from '../../query/cost.ts';
import { queryStore } from '../../query/store-view.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { DEFAULT_SUBCOMMAND } from '../program.ts';

interface BudgetFlags {
  readonly action: BudgetAction;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark budget                         what is set, and what was spent
  $ waymark budget day 20                  warn Claude and you at $20 a day
  $ waymark budget session 5 --action ask  above $5, ask before calls
  $ waymark budget day off                 remove the limit

Off until you set one. Dollars are list prices. See waymark docs budgets.`;

const ABOUT: Readonly<Record<BudgetKind, string>> = {
  day: 'Limit what all sessions of a day cost',
  session: 'Limit what one session costs, its agents included',
  agents: 'Limit what the agents of one session cost',
};

/** `waymark budget`: what a day, a session or the agents of a session may cost. */
export const addBudget: AddCommand = (program, context) => {
  const group = program.command('budget').addHelpText('after', EXAMPLES);
  group
    .command('list', DEFAULT_SUBCOMMAND)
    .description('Show the budgets, and what was spent of them')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  $ waymark budget list --json')
    .action((flags: { readonly json?: boolean }) => list(context, flags.json === true));
  for (const kind of BUDGET_KINDS) addKind(group, context, kind);
};

function addKind(group: Command, context: CommandContext, kind: BudgetKind): void {
  group
    .command(kind)
    .description(ABOUT[kind])
    .argument('<dollars>', 'the amount at list prices, or off')
    .addOption(
      new Option('--action <what>', 'what happens when it is used up')
        .choices(BUDGET_ACTIONS)
        .default('warn'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `\nExamples:\n  $ waymark budget ${kind} 20 --action ask\n  $ waymark budget ${kind} off`,
    )
    .action((amount: string, flags: BudgetFlags) => change(context, kind, amount, flags));
}

async function change(
  context: CommandContext,
  kind: BudgetKind,
  amount: string,
  { action, json }: BudgetFlags,
): Promise<void> {
  const isOff = amount === 'off';
  const dollars = Number(amount.replace(/^\$/, ''));
  if (!isOff && !(dollars > 0))
    throw new WaymarkError('USAGE', `Cannot set a budget of ${amount}: expected dollars, or off`, {
      remedy: `For example: \`waymark budget ${kind} 20\``,
    });
  const done = isOff
    ? await liftBudget(context.actionContext(), kind)
    : await setBudget(context.actionContext(), { kind, dollars, action });
  if (json === true) {
    const own = isOff ? {} : { dollars, action };
    context.printJson({ budget: kind, on: !isOff, ...own, changed: done.changed });
    return;
  }
  const prefix = done.changed ? '' : 'Nothing changed. ';
  if (isOff) context.print(`${prefix}No budget for ${SCOPES[kind]}.`);
  else
    context.print(
      `${prefix}Budget for ${SCOPES[kind]}: ${formatUsd(dollars)} at list prices; when it is used up: ${effectOf(kind, action)}.`,
    );
}

const SCOPES: Readonly<Record<BudgetKind, string>> = {
  day: 'a day',
  session: 'a session',
  agents: 'the agents of a session',
};

const EFFECTS: Readonly<Record<BudgetAction, string>> = {
  warn: 'Claude and you get one message',
  ask: 'you are asked before calls',
  deny: 'prompts and calls are refused',
};

/** A budget for agents concerns no prompt, and no call of the main conversation. */
function effectOf(kind: BudgetKind, action: BudgetAction): string {
  if (kind !== 'agents') return EFFECTS[action];
  return action === 'deny'
    ? 'agents and their calls are refused'
    : EFFECTS[action].replace('before calls', 'before agents and their calls');
}

async function list(context: CommandContext, isJson: boolean): Promise<void> {
  const { print, printJson, printTable, paint, runnable } = context;
  const lines = await readLines(context);
  if (isJson) return printJson(lines);
  if (lines.length === 0)
    return print(
      runnable('No budget is set. To get a warning at $20 a day: `waymark budget day 20`'),
    );
  const head = ['BUDGET', 'SPENT', 'OF', 'WHEN USED UP', 'SESSION'].map(paint.dim);
  printTable([head, ...lines.map((line) => cellsOf(line, context))], {
    columns: [{}, { right: true }, { right: true }, {}, {}],
  });
}

function readLines(context: CommandContext): Promise<readonly BudgetLine[]> {
  const budgets = configuredBudgets(context.folder());
  const prices = readConfiguredPrices(context.actionContext());
  const nothing = { format: 1, day: { date: '', until: 0, dollars: 0 }, sessions: {} } as const;
  return queryStore(context.folder(), budgetLines(budgets, nothing), async (database) =>
    budgetLines(budgets, await readSpending(database, context.clock(), prices)),
  );
}

function cellsOf(
  { budget, spent, dollars, action, session, isUsedUp }: BudgetLine,
  { paint }: CommandContext,
): readonly string[] {
  const amount = formatUsd(spent);
  return [
    paint.bold(budget),
    isUsedUp ? paint.red(amount) : amount,
    formatUsd(dollars),
    effectOf(budget, action),
    session === null ? '' : session.slice(0, 8),
  ];
}
