import { packageVersion } from '../../core/package-folder.ts';
import { readStatusSummary } from '../../query/status-summary.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { ABOUT, COMMANDS } from '../command-table.ts';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { wrapText, wrapTo } from '../text/display-width.ts';
import { alignLabels } from '../text/labels.ts';
import { formatStatusRows } from '../text/status-summary-text.ts';

/** `waymark` alone: a summary of the state, and the next commands to run. */
export const addOverview: AddCommand = (program, context) => {
  program.action(() => showOverview(context));
};

async function showOverview(context: CommandContext): Promise<void> {
  const { print, paint, width } = context;
  const name = `${paint.bold('waymark')} ${packageVersion()}`;
  for (const line of alignLabels([[name, ABOUT]], { width })) print(line);
  print();
  for (const line of await stateLines(context)) print(line);
  print();
  for (const line of commandLines(context)) print(line);
  print();
  const more = context.runnable('See `waymark help` and `waymark docs`.');
  for (const line of wrapTo(more, width)) print(paint.dim(line));
}

/** The names of all commands below the headings of the help. */
function commandLines({ paint, width = PLAIN_COLUMNS }: CommandContext): readonly string[] {
  return [...new Set(COMMANDS.map(({ group }) => group))].flatMap((group) => {
    const names = COMMANDS.filter((row) => row.group === group).map(({ name }) => name);
    return [
      paint.bold(group),
      ...wrapText(names.join(' '), width - 2).map((line) => `  ${paint.cyan(line)}`),
    ];
  });
}

async function stateLines(context: CommandContext): Promise<readonly string[]> {
  const folder = context.folder();
  if (!existsSync(folder.root))
    return wrapTo(
      context.runnable('Nothing is recorded yet. To start: `waymark install`'),
      context.width,
    );
  const { clock, paint, width, runnable } = context;
  const summary = await readStatusSummary({ folder, clock, sleep: (ms) => sleep(ms) });
  return formatStatusRows(summary, { paint, width, runnable });
}
