import { stringField } from '../core/json.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../core/units.ts';
import { FULL_BYTES } from './free-space.ts';
import type { StatusSummary } from './status-summary.ts';
import type { SeenWorker } from './workers.ts';

/** A problem that the user should fix. */
export interface StatusProblem {
  readonly text: string;
  /** What to do, with commands in backticks. */
  readonly remedy: string;
}

/** How the caller shows a path, such as with `~` for the home folder. */
export type ShowPath = (path: string) => string;

/** Everything that is wrong, the most fundamental first; empty when all is well. */
export function listStatusProblems(
  summary: StatusSummary,
  showPath: ShowPath,
): readonly StatusProblem[] {
  return [
    ...homeProblems(summary, showPath),
    ...settingsProblems(summary, showPath),
    ...summary.workers.flatMap((worker) => workerProblems(worker, summary.version)),
    ...idleProblems(summary),
    ...deadProblems(summary),
    ...storeProblems(summary),
    ...hookProblems(summary, showPath),
    ...refusalProblems(summary, showPath),
  ];
}

function homeProblems(
  { home, homeFault }: StatusSummary,
  showPath: ShowPath,
): readonly StatusProblem[] {
  if (homeFault === undefined) return [];
  const { problem, remedy } = homeFault;
  return [{ text: `No worker can use ${showPath(home)}: ${problem}`, remedy }];
}

function settingsProblems(
  { settings }: StatusSummary,
  showPath: ShowPath,
): readonly StatusProblem[] {
  return settings.flatMap(({ file, hooks, expected, isOff }) =>
    isOff
      ? [
          {
            text: `disableAllHooks is true in ${showPath(file)}: no hook runs`,
            remedy: 'Remove disableAllHooks from that file.',
          },
        ]
      : hooks < expected
        ? [
            {
              text: `${showPath(file)} starts ${formatCount(hooks)} of ${plural(expected, 'hook')}`,
              remedy: 'Install the others again: `waymark install`',
            },
          ]
        : [],
  );
}

function workerProblems(worker: SeenWorker, version: string): readonly StatusProblem[] {
  if (worker.state === 'dead') return [];
  const its = stringField(worker.heartbeat ?? {}, 'version');
  const trouble = stringField(worker.heartbeat ?? {}, 'trouble');
  return [
    ...(worker.state === 'stuck'
      ? [
          {
            text: `Worker ${worker.id} makes no progress`,
            remedy: `Restart it: \`waymark worker restart ${worker.id}\``,
          },
        ]
      : []),
    ...(its === undefined || its === version
      ? []
      : [
          {
            text: `The worker is of version ${its}, this is ${version}`,
            remedy: 'Replace it: `waymark worker restart`',
          },
        ]),
    ...(trouble === undefined ? [] : [{ text: trouble, remedy: 'See `waymark worker log`' }]),
  ];
}

/** A worker that a hook starts takes what waits within seconds. */
const WAITS_LONG_MS = 90_000;

function idleProblems({ workers, queue, at }: StatusSummary): readonly StatusProblem[] {
  const isServed = workers.some(({ state }) => state !== 'dead');
  if (isServed || queue.oldestAt === undefined || at - queue.oldestAt < WAITS_LONG_MS) return [];
  return [
    {
      text: 'Events are waiting and no worker is running',
      remedy: 'Start one: `waymark worker --detach`',
    },
  ];
}

function deadProblems({ queue, counts, ledger }: StatusSummary): readonly StatusProblem[] {
  const dead = [
    ...(queue.dead > 0 ? [plural(queue.dead, 'event')] : []),
    ...((counts?.deadDeliveries ?? 0) > 0
      ? [plural(counts?.deadDeliveries ?? 0, 'delivery', 'deliveries')]
      : []),
  ];
  return [
    ...(dead.length === 0
      ? []
      : [
          {
            text: `${dead.join(' and ')} failed permanently`,
            remedy: 'See why: `waymark dead list`. Retry: `waymark dead retry --all`',
          },
        ]),
    ...(ledger.gaps === 0
      ? []
      : [
          {
            text: `${plural(ledger.gaps, 'captured event')} missing`,
            remedy: 'See what can be restored: `waymark doctor`',
          },
        ]),
  ];
}

function storeProblems({ store, freeBytes: free }: StatusSummary): readonly StatusProblem[] {
  return [
    ...(store.message === undefined
      ? []
      : [
          {
            text: `The store is ${store.state}: ${store.message}; events stay in the queue until it works again`,
            remedy: store.remedy ?? 'See what to do: `waymark doctor`',
          },
        ]),
    ...(free < FULL_BYTES
      ? [
          {
            text: `The disk is full: ${formatBytes(free)} free`,
            remedy: 'Free some space: the store cannot be written.',
          },
        ]
      : []),
  ];
}

function hookProblems(
  { hookErrors, at, home }: StatusSummary,
  showPath: ShowPath,
): readonly StatusProblem[] {
  const { count, last } = hookErrors;
  if (last === null) return [];
  const ago = formatDuration(at - Date.parse(last.at));
  return [
    {
      text: `${plural(count, 'hook error')} in the last 24 hours, the last ${ago} ago: ${last.message}${last.hook === null ? '' : ` (${last.hook})`}`,
      remedy: last.remedy ?? `See ${showPath(home)}/log/hook-errors.log`,
    },
  ];
}

function refusalProblems(
  { refusedTurn, at }: StatusSummary,
  showPath: ShowPath,
): readonly StatusProblem[] {
  if (refusedTurn === undefined) return [];
  const { worktree, reason } = refusedTurn;
  const ago = formatDuration(at - Date.parse(refusedTurn.at));
  return [
    {
      text: `The last turn in ${showPath(worktree)} was not committed, ${ago} ago: ${reason ?? ''}`,
      remedy: '`waymark auto-commit` shows the latest turns.',
    },
  ];
}
