import {
  isJsonObject,
  numberField,
  objectField,
  stringField,
  type JsonObject,
} from '../../core/json.ts';
import type { Paint } from './paint.ts';
import type { Status } from '../../query/status.ts';
import type { HookMessageCounts } from '../../query/hook-messages.ts';
import type { SeenWorker } from '../../query/workers.ts';
import { CHANGE_KINDS } from '../../query/contexts.ts';
import { FULL_BYTES } from '../../query/free-space.ts';
import { formatContextPercent, MIN_SAMPLES, formatWorkerState } from './outcome-mark.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatHealthRows } from './health-text.ts';
import { stateCounts } from './state-text.ts';
import { alignLabels } from './labels.ts';
import { abbreviateHome } from './tilde.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../../core/units.ts';

const TASKS_PER_LINE = 3;
const LINES_PER_PART = 5;

interface StatusTextOptions {
  /** Columns of the terminal. */
  readonly width?: number | undefined;
  /** Replaces `waymark` in the commands of a text by what a person types here. */
  readonly runnable?: (text: string) => string;
}

/** The state at a glance: one line per part, problems in colour and with what to do. */
export function formatStatus(
  status: Status,
  paint: Paint,
  { width, runnable = (text) => text }: StatusTextOptions = {},
): readonly string[] {
  const rows: string[][] = [
    ...folderRows(status, paint),
    ...workerRows(status, paint),
    ...formatHealthRows(status, paint),
    [paint.bold('Queue'), queueLine(status, paint)],
    [paint.bold('Outbox'), outboxLine(status, paint)],
    [paint.bold('Ledger'), ledgerLine(status, paint)],
    [paint.bold('Sessions'), sessionsLine(status, paint)],
    ...contextRows(status, paint),
    ...activityRows(status, paint),
    ...toldRows(status, paint),
    [paint.bold('Store'), storeLine(status, paint)],
    [paint.bold('Disk'), diskLine(status, paint)],
    ...hookRows(status, paint),
  ];
  return [
    `${paint.bold('waymark')} ${status.version} ${paint.dim(abbreviateHome(status.home))}`,
    '',
    ...alignLabels(
      rows.map((row) => row.map(runnable)),
      { width },
    ),
  ];
}

function folderRows({ homeFault }: Status, paint: Paint): string[][] {
  if (homeFault === undefined) return [];
  const problem = paint.red(oneLine(`no worker can use it: ${homeFault.problem}`));
  return [
    [paint.bold('Folder'), problem],
    ['', oneLine(homeFault.remedy)],
  ];
}

function workerRows(status: Status, paint: Paint): string[][] {
  if (status.workers.length === 0)
    return [
      [
        paint.bold('Worker'),
        `${paint.yellow('○ none')}${status.homeFault === undefined ? '  the next hook starts one, or `waymark worker --detach`' : ''}`,
      ],
    ];
  const now = Date.parse(status.at);
  return status.workers.flatMap((worker, index) => {
    const beat = worker.heartbeat ?? {};
    const label = index === 0 ? paint.bold(status.workers.length === 1 ? 'Worker' : 'Workers') : '';
    const lines = [
      [
        label,
        `${formatWorkerState(worker.state, paint)}  ${workerFacts(worker, beat, { now, version: status.version })}`,
      ],
    ];
    const trouble = stringField(beat, 'trouble');
    if (trouble !== undefined) lines.push(['', paint.yellow(oneLine(trouble))]);
    if (worker.state === 'stuck')
      lines.push(['', paint.red(`makes no progress: \`waymark worker restart ${worker.id}\``)]);
    if (worker.state === 'dead')
      lines.push(['', paint.dim('process died; its entries will be requeued')]);
    if (worker.state !== 'dead')
      lines.push(...taskLines(beat, now).map((line) => ['', paint.dim(line)]));
    return lines;
  });
}

/** A worker of another version is asked to end by the next that starts. */
function otherVersion({ heartbeat }: SeenWorker, version: string): readonly string[] {
  const its = stringField(heartbeat ?? {}, 'version');
  return its === undefined || its === version ? [] : [`version ${its}: \`waymark worker restart\``];
}

function workerFacts(
  worker: SeenWorker,
  beat: JsonObject,
  { now, version }: { readonly now: number; readonly version: string },
): string {
  const startedAt = Date.parse(stringField(beat, 'startedAt') ?? '');
  const processed = numberField(beat, 'processed') ?? 0;
  const p95 =
    processed < MIN_SAMPLES ? undefined : numberField(objectField(beat, 'latencyMs'), 'p95');
  const watcher = objectField(beat, 'watcher')['alive'] === true ? 'pipe and watcher' : 'pipe';
  return [
    worker.id,
    worker.pid === null ? 'no heartbeat yet' : `pid ${worker.pid}`,
    worker.mode === 'event-loop' ? watcher : worker.mode,
    ...otherVersion(worker, version),
    ...(Number.isNaN(startedAt) || worker.state === 'dead'
      ? []
      : [`up ${formatDuration(now - startedAt)}`]),
    ...(worker.heartbeat === null ? [] : [`${formatCount(processed)} processed`]),
    ...(p95 === undefined ? [] : [`p95 ${Math.round(p95)} ms`]),
  ].join(' · ');
}

/** Periodic tasks, a few to a line: `recover 12s ago, next in 18s`. */
function taskLines(beat: JsonObject, now: number): readonly string[] {
  const tasks = Array.isArray(beat['tasks'])
    ? beat['tasks'].filter(isJsonObject).map((task) => taskText(task, now))
    : [];
  const lines: string[] = [];
  for (let index = 0; index < tasks.length; index += TASKS_PER_LINE)
    lines.push(tasks.slice(index, index + TASKS_PER_LINE).join(' · '));
  return lines;
}

function taskText(task: JsonObject, now: number): string {
  const name = stringField(task, 'name') ?? 'task';
  const last = Date.parse(stringField(task, 'lastRun') ?? '');
  const next = Date.parse(stringField(task, 'nextRun') ?? '');
  if (Number.isNaN(last)) return `${name} not run yet`;
  return `${name} ${formatDuration(now - last)} ago, ${next > now ? `next in ${formatDuration(next - now)}` : 'due'}`;
}

function queueLine({ queue }: Status, paint: Paint): string {
  const oldest =
    queue.oldestAgeSeconds === undefined
      ? ''
      : `, oldest ${formatDuration(queue.oldestAgeSeconds * 1000)}`;
  const dead = deadText(queue.dead, paint);
  return `${formatCount(queue.pending)} pending${oldest} · ${formatCount(queue.delayed)} delayed · ${formatCount(queue.processing)} processing · ${dead}`;
}

function outboxLine({ outbox }: Status, paint: Paint): string {
  return `${formatCount(outbox.due)} waiting · ${formatCount(outbox.running)} running · ${deadText(outbox.dead, paint)}`;
}

function deadText(count: number, paint: Paint): string {
  const text = `${formatCount(count)} dead`;
  return count > 0 ? `${paint.red(text)} ${paint.dim('(`waymark dead list`)')}` : text;
}

function ledgerLine({ ledger }: Status, paint: Paint): string {
  const { captured, gaps, stored, unknown, ...rest } = ledger;
  const parts = [
    `${formatCount(stored)} stored`,
    ...Object.entries(rest).flatMap(([name, count]) =>
      count > 0 ? [`${formatCount(count)} ${name}`] : [],
    ),
  ];
  const known = `${formatCount(captured)} captured = ${parts.join(' + ')}`;
  if (unknown !== undefined && unknown > 0)
    return `${known} + ${paint.yellow(`${formatCount(unknown)} unknown while the store cannot be read`)}`;
  return gaps > 0
    ? `${known} + ${paint.red(`${formatCount(gaps)} missing`)}`
    : `${known} ${paint.green('✓')}`;
}

function sessionsLine({ sessions, at }: Status, paint: Paint): string {
  const live = stateCounts(sessions.live, paint);
  const last =
    sessions.lastCheckpointAt === null
      ? ''
      : ` · last checkpoint ${formatDuration(Date.parse(at) - Date.parse(sessions.lastCheckpointAt))} ago`;
  return `${formatCount(sessions.active)} active of ${formatCount(sessions.total)}${last}${live === '' ? '' : ` · ${live}`}`;
}

/** Empty without messages to Claude. */
function toldRows({ told }: Status, paint: Paint): string[][] {
  const parts = [
    ['failures', told.failure],
    ['context', told.context],
    ['where it stopped', told.resume],
  ] as const;
  return parts
    .filter(([, counts]) => counts.told > 0)
    .map(([name, counts], index) => [
      index === 0 ? paint.bold('Messages') : '',
      `${name}: ${formatMessageCounts(counts)}`,
    ]);
}

/** `3 times, heeded 2, failed again 1`. */
export function formatMessageCounts(counts: HookMessageCounts): string {
  const parts = [
    ['heeded', counts.heeded],
    ['went well', counts.wentWell],
    ['failed again', counts.failedAgain],
    ['outcome unknown', counts.unknown],
  ] as const;
  const shown = parts.filter(([, count]) => count > 0);
  return [
    plural(counts.told, 'time'),
    ...shown.map(([name, count]) => `${name} ${formatCount(count)}`),
  ].join(', ');
}

function contextRows({ contexts }: Status, paint: Paint): string[][] {
  return contexts
    .slice(0, LINES_PER_PART)
    .map(({ session, tokens, window, percent, project }, index) => {
      const size =
        window === null && tokens !== null
          ? `${formatCount(tokens)} tokens, window unknown`
          : `${formatContextPercent(percent, paint)}${window === null ? '' : ` of ${formatCount(window)} tokens`}`;
      return [
        index === 0 ? paint.bold('Context') : '',
        `${size} ${paint.dim(`${session.slice(0, 8)}${project === null ? '' : ` ${abbreviateHome(project)}`}`)}`,
      ];
    });
}

function activityRows({ activity }: Status, paint: Paint): string[][] {
  return activity.slice(0, LINES_PER_PART).map((one, index) => {
    const counts = CHANGE_KINDS.flatMap((kind) =>
      one[kind] > 0 ? [`${formatCount(one[kind])} ${kind}`] : [],
    );
    const text = counts.length === 0 ? 'no file changed' : `${counts.join(', ')}`;
    const cut = one.isCut
      ? paint.yellow(
          ` (in part: ${formatCount(one.watchedFolders ?? 0)} folders are watched${one.trouble === null ? '' : `, ${one.trouble}`})`,
        )
      : '';
    return [
      index === 0 ? paint.bold('Files') : '',
      `${text} in the last hour${cut} ${paint.dim(abbreviateHome(one.project))}`,
    ];
  });
}

function storeLine({ store, disk }: Status, paint: Paint): string {
  switch (store.state) {
    case 'ok':
      return `ok, ${formatBytes(disk.store)}`;
    case 'missing':
      return 'none yet: the worker creates it with the first event';
    default:
      return `${paint.red(store.state)}: ${oneLine(store.message ?? '')}; events stay in the queue until it works again${store.remedy === undefined ? '' : `. ${store.remedy}`}`;
  }
}

function diskLine({ disk }: Status, paint: Paint): string {
  const { total, budget, free, cleaned, ...parts } = disk;
  const largest = Object.entries(parts)
    .filter(([, size]) => size > 0)
    .sort(([, a], [, b]) => b - a);
  const whole = `${formatBytes(total)}${budget === undefined ? '' : ` of ${formatBytes(budget)}`}`;
  const full =
    free < FULL_BYTES
      ? paint.red(
          ` · disk full: ${formatBytes(free)} free; free some space, the store cannot be written`,
        )
      : '';
  return `${whole}${largest.length === 0 ? '' : ` (${largest.map(([name, size]) => `${name} ${formatBytes(size)}`).join(', ')})`}${cleanedText(cleaned)}${full}`;
}

function cleanedText(cleaned: Status['disk']['cleaned']): string {
  if (cleaned === undefined) return '';
  const kinds = cleaned.kinds.slice(0, 3).map(({ kind, count }) => `${formatCount(count)} ${kind}`);
  const more = cleaned.kinds.length > 3 ? ', …' : '';
  return ` · deleted in 7 days: ${kinds.join(', ')}${more}`;
}

function hookRows({ hookErrors, at }: Status, paint: Paint): string[][] {
  const { count, last } = hookErrors;
  if (last === null) return [[paint.bold('Hooks'), 'no errors in the last 24 hours']];
  const ago = formatDuration(Date.parse(at) - Date.parse(last.at));
  return [
    [
      paint.bold('Hooks'),
      paint.yellow(`${plural(count, 'error')} in the last 24 hours, the last ${ago} ago:`),
    ],
    ['', oneLine(`${last.message}${last.hook === null ? '' : ` (${last.hook})`}`)],
    ...(last.remedy === null ? [] : [['', paint.dim(oneLine(last.remedy))]]),
  ];
}
