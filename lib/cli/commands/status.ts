import { setTimeout as sleep } from 'node:timers/promises';
import { configuredWindows } from '../../query/context-figures.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { readStatus } from '../../query/status.ts';
import { statusText } from '../text/status-text.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface StatusFlags {
  readonly json?: boolean;
  readonly watch?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark status                     worker, queue, outbox, ledger, sessions, store and disk
  $ waymark status --watch             the same, every second, until Ctrl+C
  $ waymark status --json | jq .ledger`;

const EVERY_MS = 1_000;
const CLEAR = '\u001b[H\u001b[2J';

/** `waymark status`: everything at a glance. */
export const addStatus: AddCommand = (program, context) => {
  program
    .command('status')
    .option('--json', 'print one JSON object, with --watch one per line')
    .option('--watch', 'look again every second')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: StatusFlags) => {
      if (flags.watch !== true) return show(context, flags);
      while (context.readerGone?.().aborted !== true) {
        await show(context, flags);
        await sleep(EVERY_MS);
      }
    });
};

async function show(context: CommandContext, { json, watch }: StatusFlags): Promise<void> {
  const { environment } = context;
  const folder = context.folder();
  const { diskBudget } = resolveConfig({ environment, userFile: folder.configFile }).values;
  const status = await readStatus({
    folder,
    clock: context.clock,
    sleep: (ms) => sleep(ms),
    windows: configuredWindows(context.acting()),
    diskBudget,
  });
  if (json === true) {
    if (watch === true) context.print(JSON.stringify(status));
    else context.printJson(status);
    return;
  }
  if (watch === true && context.stdout.isTTY === true) context.stdout.write(CLEAR);
  for (const line of statusText(status, context.paint)) context.print(line);
  if (watch === true && context.stdout.isTTY !== true) context.print();
}
