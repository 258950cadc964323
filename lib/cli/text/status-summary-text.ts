import { oneLine } from '../../core/one-line.ts';
import { formatCount, formatDuration, plural } from '../../core/units.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { AccountLimit } from '../../query/limits.ts';
import type { StatusSummary } from '../../query/status-summary.ts';
import { listStatusProblems } from '../../query/status-problems.ts';
import type { Paint } from './paint.ts';
import { wrapTo } from './display-width.ts';
import { alignLabels } from './labels.ts';
import { formatHealthScore, formatWorkerState } from './outcome-mark.ts';
import { stateCounts } from './state-text.ts';
import { abbreviateHome } from './tilde.ts';

export interface StatusSummaryOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width?: number | undefined;
  /** Replaces `waymark` in the commands of a text by what a person types here. */
  readonly runnable?: (text: string) => string;
}

const asWritten = (text: string): string => text;

/** How waymark does below its version and state folder. */
export function formatStatusSummary(
  summary: StatusSummary,
  options: StatusSummaryOptions,
): readonly string[] {
  const { paint } = options;
  return [
    `${paint.bold('waymark')} ${summary.version} ${paint.dim(abbreviateHome(summary.home))}`,
    '',
    ...formatStatusRows(summary, options),
  ];
}

/** How waymark does, in a few lines; what is wrong below them, with what to do. */
export function formatStatusRows(
  summary: StatusSummary,
  { paint, width, runnable = asWritten }: StatusSummaryOptions,
): readonly string[] {
  const rows = [
    ['Hooks', hooksText(summary, paint)],
    ['Worker', workerText(summary, paint)],
    ['Today', todayText(summary, paint)],
    ...(summary.live.length === 0 ? [] : [['Now', stateCounts(summary.live, paint)]]),
    ...limitRows(summary),
    ['Queue', queueText(summary)],
  ].map(([label = '', text = '']) => [paint.bold(label), runnable(text)]);
  const troubles = listStatusProblems(summary, abbreviateHome);
  return [
    ...alignLabels(rows, { width }),
    ...(troubles.length === 0 ? [] : ['']),
    ...troubles.flatMap(({ text, remedy }) => [
      ...wrapTo(runnable(oneLine(text)), width, 2).map(
        (line, index) => `${index === 0 ? paint.red('✗') : ' '} ${line}`,
      ),
      ...wrapTo(runnable(oneLine(remedy)), width, 2).map((line) => `  ${paint.dim(line)}`),
    ]),
  ];
}

function hooksText({ settings, hasPlugin }: StatusSummary, paint: Paint): string {
  const wired = settings.filter(({ hooks, isOff }) => hooks > 0 && !isOff);
  if (wired.length === 0 && hasPlugin) return 'started by the plugin';
  if (wired.length === 0)
    return `${paint.yellow('○ not installed')}  install them: \`waymark install\``;
  return wired
    .map(({ file, hooks }) => `${formatCount(hooks)} in ${abbreviateHome(file)}`)
    .join(', ');
}

function workerText({ workers, health, at, homeFault }: StatusSummary, paint: Paint): string {
  const [first, ...others] = workers.filter(({ state }) => state !== 'dead');
  if (first === undefined)
    return `${paint.yellow('○ none')}${homeFault === undefined ? '  the next hook starts one' : ''}`;
  const startedAt = Date.parse(stringField(first.heartbeat ?? {}, 'startedAt') ?? '');
  const up = Number.isNaN(startedAt) ? '' : `, up ${formatDuration(at - startedAt)}`;
  const done = numberField(first.heartbeat ?? {}, 'processed') ?? 0;
  const more = others.length === 0 ? '' : `, and ${plural(others.length, 'other')}`;
  const score = health.find(({ id }) => id === first.id)?.score ?? 100;
  const unwell = score === 100 ? '' : `, health ${formatHealthScore(score, paint)}`;
  return `${formatWorkerState(first.state, paint)}${up}, ${formatCount(done)} processed${unwell}${more}`;
}

/** What happened since midnight; what was before, where that is nothing. */
function todayText({ counts }: StatusSummary, paint: Paint): string {
  if (counts === undefined) return paint.yellow('unknown while the store cannot be read');
  const { sessions, total, calls, failures, warned, heeded } = counts;
  if (sessions === 0)
    return total === 0 ? 'nothing recorded yet' : `nothing yet; ${plural(total, 'session')} before`;
  const parts = [
    plural(sessions, 'session'),
    plural(calls, 'call'),
    ...(failures === 0 ? [] : [`${formatCount(failures)} ✗`]),
    ...(warned === 0
      ? []
      : [`Claude warned ${plural(warned, 'time')}, heeded ${formatCount(heeded)}`]),
  ];
  return parts.join(', ');
}

const LIMIT_NAMES: Readonly<Record<string, string>> = { five_hour: '5 hours', seven_day: 'week' };

/** A row for each account: use of its windows, their next reset, and the forecast. */
function limitRows({ limits, at }: StatusSummary): ReadonlyArray<readonly [string, string]> {
  const folders = [...new Set(limits.map(({ configFolder }) => configFolder))];
  return folders.map((folder) => {
    const parts = limits
      .filter(({ configFolder }) => configFolder === folder)
      .map((limit) => limitText(limit, at));
    const where = folders.length === 1 ? '' : ` (${abbreviateHome(oneLine(folder))})`;
    return ['Limits', `${parts.join('; ')}${where}`];
  });
}

function limitText({ name, used, resetsAt, pace }: AccountLimit, at: number): string {
  const label = LIMIT_NAMES[name] ?? oneLine(name);
  const leads = pace === null ? '' : `, at this pace ${pace} % by then`;
  return `${label} ${used} % used, resets in ${formatDuration(Date.parse(resetsAt) - at)}${leads}`;
}

/** Queue and ledger in one: what waits, and whether everything captured is somewhere. */
function queueText({ queue, ledger, at }: StatusSummary): string {
  const waiting = queue.pending + queue.delayed + queue.processing;
  const age =
    queue.oldestAt === undefined ? '' : `, the oldest for ${formatDuration(at - queue.oldestAt)}`;
  const waits = waiting === 0 ? 'empty' : `${plural(waiting, 'event')} waiting${age}`;
  if (ledger.captured === 0) return waits;
  const safe = ledger.captured - ledger.gaps - (ledger.unknown ?? 0);
  const all =
    safe === ledger.captured
      ? `all ${formatCount(safe)}`
      : `${formatCount(safe)} of ${formatCount(ledger.captured)}`;
  return `${waits}; ${all} events of the last 24 hours accounted for`;
}
