import { setTimeout as sleep } from 'node:timers/promises';
import { readStatusSummary } from '../../query/status-summary.ts';
import type { Status } from '../../query/status.ts';
import { formatStatusSummary } from '../text/status-summary-text.ts';
import { keepReadersOpen } from '../../query/kept-readers.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface StatusFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly watch?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark status                     what matters most
  $ waymark status --verbose           also outbox, ledger, store, disk
  $ waymark status --watch             the same, every second, until Ctrl+C
  $ waymark status --json | jq .ledger`;

const EVERY_MS = 1_000;
const CLEAR = '\u001b[H\u001b[2J';

/** `waymark status`: what matters most, or everything. */
export const addStatus: AddCommand = (program, context) => {
  program
    .command('status')
    .option('--json', 'print one JSON object, with --watch one per line')
    .option('--verbose', 'everything: queue, outbox, ledger, contexts, files, store, disk')
    .option('--watch', 'refresh every second')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: StatusFlags) => {
      if (flags.watch !== true) return show(context, flags);
      const closeReaders = keepReadersOpen(context.folder());
      while (context.readerGone?.().aborted !== true) {
        await show(context, flags);
        await sleep(EVERY_MS);
      }
      closeReaders();
    });
};

async function show(context: CommandContext, flags: StatusFlags): Promise<void> {
  const { json, verbose, watch } = flags;
  if (json === true) {
    const status = await wholeStatus(context);
    if (watch === true) context.print(JSON.stringify(status));
    else context.printJson(status);
    return;
  }
  const lines = verbose === true ? await verboseLines(context) : await glanceLines(context);
  if (watch === true && context.stdout.isTTY === true) context.stdout.write(CLEAR);
  for (const line of lines) context.print(line);
  if (watch === true && context.stdout.isTTY !== true) context.print();
}

async function glanceLines({
  folder,
  clock,
  paint,
  width,
  runnable,
}: CommandContext): Promise<readonly string[]> {
  const summary = await readStatusSummary({ folder: folder(), clock, sleep: (ms) => sleep(ms) });
  return formatStatusSummary(summary, { paint, width, runnable });
}

async function verboseLines(context: CommandContext): Promise<readonly string[]> {
  const { formatStatus } = await import('../text/status-text.ts');
  return formatStatus(await wholeStatus(context), context.paint, context);
}

/** What reads the whole is loaded only where it is asked for. */
async function wholeStatus(context: CommandContext): Promise<Status> {
  const { environment, clock } = context;
  const folder = context.folder();
  const { resolveConfig } = await import('../../config/resolve.ts');
  const { readConfiguredWindows } = await import('../../query/context-figures.ts');
  const { readStatus } = await import('../../query/status.ts');
  const { diskBudget } = resolveConfig({ environment, userFile: folder.configFile }).values;
  const windows = readConfiguredWindows(context.actionContext());
  return readStatus({ folder, clock, sleep: (ms) => sleep(ms), windows, diskBudget });
}
