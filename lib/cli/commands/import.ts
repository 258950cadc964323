import { resolve } from 'node:path';
import {
  type ImportProgress,
  type ImportResult,
  importTranscripts,
  previewImport,
} from '../../actions/import/import-transcripts.ts';
import type { ImportPlan } from '../../actions/import/plan-import.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import { formatImportAsJson } from '../json/import-json.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { type FollowResult, followImport } from '../follow-import.ts';
import {
  formatFollowUp,
  formatImportResult,
  formatImportPlan,
  formatImportProgress,
} from '../text/import-text.ts';

interface ImportFlags {
  readonly from?: readonly string[];
  readonly dryRun?: boolean;
  /** `undefined`: on a terminal. */
  readonly wait?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark import                            every transcript on the disk
  $ waymark import --dry-run                  what would be read; reads nothing
  $ waymark import --from /mnt/old/.claude    a backup, another system
  $ waymark import --wait                     wait for archive and search, too
  $ waymark import --json | jq .added         how many rows are new

Ctrl+C stops it; the next import continues from there. On a terminal it shows
how far archive and search index are; Ctrl+C then leaves them to the worker.`;

/** `waymark import`: sessions from before the hooks were installed. */
export const addImport: AddCommand = (program, context) => {
  program
    .command('import')
    .option('--from <folder...>', 'read this folder instead of those of Claude Code')
    .option('--dry-run', 'show what would be read; change nothing')
    .option('--wait', 'wait until the worker has archived and indexed everything')
    .option('--no-wait', 'do not wait; the worker continues')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((flags: ImportFlags) => {
      const from = (flags.from ?? []).map((folder) => resolve(context.cwd, folder));
      return flags.dryRun === true
        ? preview(context, from, flags.json === true)
        : run(context, from, flags);
    });
};

async function preview(
  context: CommandContext,
  from: readonly string[],
  isJson: boolean,
): Promise<void> {
  const plan = await previewImport(context.actionContext(), { from });
  if (isJson) context.printJson(planned(plan));
  else
    for (const line of formatImportPlan(plan, context.clock()))
      context.print(context.runnable(line));
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
  { json: isJson = false, wait }: ImportFlags,
): Promise<void> {
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  const bar = progressBar(context);
  try {
    const result = await importTranscripts(context.actionContext(), {
      ...{ from, signal, onProgress: bar.show },
    });
    bar.clear();
    if (!isJson)
      for (const line of formatImportResult(result)) context.print(context.runnable(line));
    const isWaiting = (wait ?? context.stderr.isTTY === true) && result.hasWorker;
    const followed = result.isStopped
      ? undefined
      : await followImport(context, { signal, isWaiting });
    if (isJson) context.printJson(formatImportAsJson(result, followed));
    else if (followed !== undefined) printFollowUp(context, result, followed);
    const isLeft = wait === true && followed?.end === 'stopped';
    if (result.isStopped || isLeft) context.exitWith(CANCELLED);
    else if (wait === true && followed?.end !== 'done') failToWait(context, result);
  } finally {
    bar.clear();
    interrupt.forget();
  }
}

/** Prints nothing where nothing was to be done, or no worker does it. */
function printFollowUp(
  context: CommandContext,
  { sessions, hasWorker }: ImportResult,
  { progress, end }: FollowResult,
): void {
  if (!hasWorker || (sessions === 0 && progress.isDone)) return;
  for (const line of formatFollowUp(progress, end)) context.print(context.runnable(line));
}

function failToWait(context: CommandContext, { hasWorker }: ImportResult): void {
  if (!hasWorker) {
    context.warn('Cannot wait for archive and search index: no worker is running');
    context.warn(context.runnable('`waymark worker` starts one in this terminal.'));
  }
  context.exitWith(1);
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
      const line = formatImportProgress(progress, now - since).slice(0, (stderr.columns ?? 80) - 1);
      stderr.write(`\r${line}\u001b[K`);
    },
    clear: () => {
      if (isShown) stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}
