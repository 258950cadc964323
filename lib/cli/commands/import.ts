import { resolve } from 'node:path';
import {
  type ImportProgress,
  type ImportResult,
  importTranscripts,
  previewImport,
} from '../../actions/import/import-transcripts.ts';
import type { ImportPlan } from '../../actions/import/plan-import.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { importedLines, plannedLines, progressLine } from '../text/import-text.ts';

interface ImportFlags {
  readonly from?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark import                            every transcript on the disk
  $ waymark import --dry-run                  what would be read; reads nothing
  $ waymark import --from /mnt/old/.claude    a backup, another system
  $ waymark import --json | jq .added         how many rows are new

Ctrl+C stops it; the next import continues from there.`;

/** `waymark import`: sessions from before the hooks were installed. */
export const addImport: AddCommand = (program, context) => {
  program
    .command('import')
    .option('--from <folder...>', 'look there instead of in the folders of Claude Code')
    .option('--dry-run', 'show what would be read; change nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((flags: ImportFlags) => {
      const from = (flags.from ?? []).map((folder) => resolve(context.cwd, folder));
      return flags.dryRun === true
        ? preview(context, from, flags.json === true)
        : run(context, from, flags.json === true);
    });
};

async function preview(
  context: CommandContext,
  from: readonly string[],
  isJson: boolean,
): Promise<void> {
  const plan = await previewImport(context.acting(), { from });
  if (isJson) context.printJson(planned(plan));
  else
    for (const line of plannedLines(plan, context.clock())) context.print(context.runnable(line));
}

function planned({ sessions, ...plan }: ImportPlan) {
  return {
    ...plan,
    bytes: sessions.reduce((sum, { bytes }) => sum + bytes, 0),
    sessions: sessions.map(({ id, mains, agents, ends, bytes }) => ({
      ...{ id, bytes, project: ends.cwd ?? null },
      beginAt: new Date(ends.beginAt).toISOString(),
      endAt: new Date(ends.endAt).toISOString(),
      files: [...mains, ...agents].map(({ path }) => path),
    })),
  };
}

async function run(
  context: CommandContext,
  from: readonly string[],
  isJson: boolean,
): Promise<void> {
  const interrupt = onInterrupt();
  const bar = progressBar(context);
  try {
    const result = await importTranscripts(context.acting(), {
      ...{ from, signal: interrupt.signal },
      onProgress: bar.show,
    });
    bar.clear();
    tell(context, result, isJson);
  } finally {
    bar.clear();
    interrupt.forget();
  }
}

function tell(context: CommandContext, result: ImportResult, isJson: boolean): void {
  if (isJson) context.printJson(result);
  else for (const line of importedLines(result)) context.print(context.runnable(line));
  if (result.isStopped) context.exitWith(CANCELLED);
}

interface Bar {
  readonly show: (progress: ImportProgress) => void;
  readonly clear: () => void;
}

/** Several pictures a second are enough. */
const PICTURE_MS = 100;

/** One line on the terminal that is written again and again; nothing where there is no terminal. */
function progressBar({ stderr, clock }: CommandContext): Bar {
  if (stderr.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let since: number | undefined; // looking for files is no reading
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    show: (progress) => {
      const now = clock();
      since ??= now;
      if (now - shownAt < PICTURE_MS) return;
      shownAt = now;
      isShown = true;
      const line = progressLine(progress, now - since).slice(0, (stderr.columns ?? 80) - 1);
      stderr.write(`\r${line}\u001b[K`);
    },
    clear: () => {
      if (isShown) stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}
