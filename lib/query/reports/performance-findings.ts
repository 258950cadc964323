import { formatBytes, formatDuration, plural } from '../../core/units.ts';
import type { HandlerStats } from '../handler-stats.ts';
import { type Finding, named, percent } from './finding.ts';
import type { Calls } from './read-calls.ts';
import type { OwnCost } from './read-own-cost.ts';
import type { WorkerFigures } from './read-worker-figures.ts';

/** The queue and the outbox at the end of the report. Field names are a contract. */
export interface Backlog {
  readonly pending: number;
  readonly delayed: number;
  readonly processing: number;
  readonly deadEntries: number;
  readonly deadDeliveries: number;
  /** Workers that live, and those of them that are stuck. */
  readonly workers: number;
  readonly stuck: number;
  /** Faults that hooks noted in the span. */
  readonly hookErrors: number;
}

/** What the rules about performance look at. */
export interface PerformanceFacts {
  readonly worker: WorkerFigures;
  readonly backlog: Backlog;
  readonly handlers: readonly HandlerStats[];
  readonly calls: Calls;
  readonly own: OwnCost;
}

/** From the hook to the store; the promise is 10 ms on an idle worker. */
const SLOW_P95_MS = 100;

const ENOUGH_RUNS = 10;
const MANY_FAILED = 0.1;
const SLOW_HANDLER_MS = 10_000;

const ENOUGH_CALLS = 20;
const LONG_CALL_MS = 60_000;
const NEARLY_FULL = 0.9;

/** What figures of worker, handlers and calls say about what to change. */
export function performanceFindings(facts: PerformanceFacts): readonly Finding[] {
  return [
    ...backlogFindings(facts.backlog),
    ...latencyFinding(facts.worker),
    ...facts.handlers.flatMap(handlerFindings),
    ...slowToolFindings(facts.calls),
    ...diskFinding(facts.own),
  ];
}

function finding(
  rule: string,
  weight: Finding['weight'],
  message: string,
  change: string,
  saves: Finding['saves'] = null,
): Finding {
  return { rule, weight, message, change, saves };
}

function backlogFindings(backlog: Backlog): readonly Finding[] {
  const { deadEntries, deadDeliveries, stuck, hookErrors, pending, workers } = backlog;
  const dead = deadEntries + deadDeliveries;
  return [
    ...(stuck > 0
      ? [
          finding(
            'stuck-worker',
            'high',
            `${plural(stuck, 'worker')} made no progress.`,
            'Run `waymark worker restart`.',
          ),
        ]
      : []),
    ...(pending > 0 && workers === 0
      ? [
          finding(
            'no-worker',
            'high',
            `${plural(pending, 'entry waits', 'entries wait')} and no worker is running.`,
            'Run `waymark worker --detach`.',
          ),
        ]
      : []),
    ...(dead > 0
      ? [
          finding(
            'dead-letters',
            'medium',
            `${plural(dead, 'dead letter')}.`,
            '`waymark dead list` says why; `waymark dead retry ID` tries again.',
          ),
        ]
      : []),
    ...(hookErrors > 0
      ? [
          finding(
            'hook-errors',
            'medium',
            `Hooks reported ${plural(hookErrors, 'error')}.`,
            'Run `waymark doctor`.',
          ),
        ]
      : []),
  ];
}

function latencyFinding({ p95Ms, worstP95Ms }: WorkerFigures): readonly Finding[] {
  if (p95Ms === null || p95Ms <= SLOW_P95_MS) return [];
  const message = `95 % of events were stored within ${p95Ms} ms on average, at worst within ${Math.round(worstP95Ms ?? p95Ms)} ms.`;
  const change = 'See `waymark docs performance`: a slow disk, or a machine that is busy.';
  return [finding('slow-worker', 'medium', message, change)];
}

function handlerFindings(stats: HandlerStats): readonly Finding[] {
  const { handler, runs, failures, p95Ms } = stats;
  const found: Finding[] = [];
  if (runs >= ENOUGH_RUNS && failures / runs > MANY_FAILED)
    found.push(
      finding(
        'failing-handler',
        'medium',
        `${percent(failures / runs)} of ${plural(runs, 'attempt')} of ${named(handler)} failed.`,
        'See `waymark handlers stats` and `waymark dead list`.',
      ),
    );
  if (p95Ms !== null && p95Ms > SLOW_HANDLER_MS)
    found.push(
      finding(
        'slow-handler',
        'low',
        `${named(handler)} took up to ${formatDuration(p95Ms)} (95 % of its deliveries).`,
        'Do the slow part elsewhere, or raise its concurrency.',
      ),
    );
  return found;
}

function slowToolFindings({ tools }: Calls): readonly Finding[] {
  return tools
    .filter(({ timed, p95Ms }) => timed >= ENOUGH_CALLS && (p95Ms ?? 0) > LONG_CALL_MS)
    .map(({ tool, timed, totalMs, p50Ms, p95Ms }) =>
      finding(
        'slow-tool',
        'low',
        `${plural(timed, 'call')} of ${named(tool)} took ${formatDuration(totalMs)} in all; one in twenty took over ${formatDuration(p95Ms ?? 0)}, the usual one ${formatDuration(p50Ms ?? 0)}.`,
        'Let long commands run in the background, or run a part of them (one test file, not all).',
        { ms: Math.max(0, totalMs - timed * (p50Ms ?? 0)) },
      ),
    );
}

function diskFinding({ disk, diskBudget }: OwnCost): readonly Finding[] {
  if (diskBudget === null || disk.total <= diskBudget * NEARLY_FULL) return [];
  const message = `The state folder uses ${formatBytes(disk.total)} of its budget of ${formatBytes(diskBudget)}.`;
  const change = 'Older data will be deleted. Raise it: `waymark config set diskBudget BYTES`.';
  return [finding('disk-nearly-full', 'low', message, change)];
}
