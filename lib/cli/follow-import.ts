import { setTimeout as sleep } from 'node:timers/promises';
import { type FollowUp, FollowUpWatch } from '../query/import-follow-up.ts';
import { keepReadersOpen } from '../query/kept-readers.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { CommandContext } from './command-context.ts';
import { formatWorkProgress } from './text/import-text.ts';

/** How the wait for the work after an import ended. */
export interface FollowResult {
  readonly progress: FollowUp;
  readonly end: 'done' | 'stopped' | 'stuck' | 'not awaited';
}

const LOOK_MS = 500;

/** Without any progress for so long, the worker is gone or has trouble. */
const STUCK_MS = 180_000;

export interface FollowOptions {
  /** Ends the wait, and nothing else. */
  readonly signal: AbortSignal;
  /** Left out: one look, no wait. */
  readonly isWaiting: boolean;
}

/**
 * Looks how far archive and search index are after an import. Waits until both have everything,
 * with a bar for each on a terminal.
 */
export async function followImport(
  context: CommandContext,
  { signal, isWaiting }: FollowOptions,
): Promise<FollowResult> {
  const folder = context.folder();
  const { values } = resolveConfig({
    environment: context.environment,
    userFile: folder.configFile,
  });
  const watch = new FollowUpWatch(folder, values.transcripts);
  const first = await watch.look();
  if (first.isDone) return { progress: first, end: 'done' };
  if (!isWaiting) return { progress: first, end: 'not awaited' };
  const bars = twoBars(context, first);
  const closeReaders = keepReadersOpen(folder);
  try {
    return await untilDone({ context, watch, signal, first, show: bars.show });
  } finally {
    closeReaders();
    bars.clear();
  }
}

interface Wait {
  readonly context: CommandContext;
  readonly watch: FollowUpWatch;
  readonly signal: AbortSignal;
  readonly first: FollowUp;
  readonly show: (progress: FollowUp) => void;
}

async function untilDone({ context, watch, signal, first, show }: Wait): Promise<FollowResult> {
  let progress = first;
  let movedAt = context.clock();
  for (;;) {
    show(progress);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined); // the signal ends it
    if (signal.aborted) return { progress, end: 'stopped' };
    const next = await watch.look();
    if (next.isDone) return { progress: next, end: 'done' };
    if (JSON.stringify(next) !== JSON.stringify(progress)) movedAt = context.clock();
    progress = next;
    if (Math.abs(context.clock() - movedAt) > STUCK_MS) return { progress, end: 'stuck' };
  }
}

/** Lines on the terminal that are written again and again; nothing where there is no terminal. */
function twoBars({ stderr, clock }: CommandContext, first: FollowUp) {
  if (stderr.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  const since = clock();
  let shown = 0;
  const home = (): string => (shown > 1 ? `\r\u001b[${shown - 1}A` : '\r');
  return {
    show: ({ archive, index }: FollowUp): void => {
      const ms = clock() - since;
      const lines = [
        ...(archive === null || first.archive === null
          ? []
          : [formatWorkProgress('archive', archive, first.archive, ms)]),
        formatWorkProgress('search', index, first.index, ms),
      ].map((line) => `${line.slice(0, (stderr.columns ?? 80) - 1)}\u001b[K`);
      stderr.write(home() + lines.join('\n'));
      shown = lines.length;
    },
    clear: (): void => {
      if (shown > 0) stderr.write(`${home()}\u001b[J`);
      shown = 0;
    },
  };
}
