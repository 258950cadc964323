import { oneLine } from '../../core/one-line.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../../core/units.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Glance } from '../../query/glance.ts';
import { FULL_BYTES } from '../../query/free-space.ts';
import type { SeenWorker } from '../../query/workers.ts';
import type { Paint } from './paint.ts';
import { wrapTo } from './display-width.ts';
import { workerWord } from './outcome-mark.ts';
import { alignColumns } from './table.ts';
import { tilde } from './tilde.ts';

/** Something to do something about: what, and the command that does it. */
interface Trouble {
  readonly text: string;
  readonly remedy: string;
}

export interface GlanceTextOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width?: number | undefined;
}

/** How waymark does below its version and state folder. */
export function glanceText(glance: Glance, options: GlanceTextOptions): readonly string[] {
  const { paint } = options;
  return [
    `${paint.bold('waymark')} ${glance.version} ${paint.dim(tilde(glance.home))}`,
    '',
    ...glanceRows(glance, options),
  ];
}

/** How waymark does, in a few lines; what is wrong below them, with what to do. */
export function glanceRows(glance: Glance, { paint, width }: GlanceTextOptions): readonly string[] {
  const rows = [
    ['Hooks', hooksText(glance, paint)],
    ['Worker', workerText(glance, paint)],
    ['Today', todayText(glance, paint)],
    ['Queue', queueText(glance)],
  ].flatMap(([label = '', text = '']) =>
    wrapTo(text, width, LABEL_WIDTH).map((line, index) => [
      index === 0 ? paint.bold(label) : '',
      line,
    ]),
  );
  const troubles = troublesOf(glance);
  return [
    ...alignColumns(rows),
    ...(troubles.length === 0 ? [] : ['']),
    ...troubles.flatMap(({ text, remedy }) => [
      ...wrapTo(oneLine(text), width, 2).map(
        (line, index) => `${index === 0 ? paint.red('✗') : ' '} ${line}`,
      ),
      ...wrapTo(oneLine(remedy), width, 2).map((line) => `  ${paint.dim(line)}`),
    ]),
  ];
}

/** Columns of a label and the gap behind it. */
const LABEL_WIDTH = 8;

function hooksText({ settings, hasPlugin }: Glance, paint: Paint): string {
  const wired = settings.filter(({ hooks, isOff }) => hooks > 0 && !isOff);
  if (wired.length === 0 && hasPlugin) return 'started by the plugin';
  if (wired.length === 0)
    return `${paint.yellow('○ not installed')}  install them: \`waymark install\``;
  return wired.map(({ file, hooks }) => `${formatCount(hooks)} in ${tilde(file)}`).join(', ');
}

function workerText({ workers, at, homeFault }: Glance, paint: Paint): string {
  const [first, ...others] = workers.filter(({ state }) => state !== 'dead');
  if (first === undefined)
    return `${paint.yellow('○ none')}${homeFault === undefined ? '  the next hook starts one' : ''}`;
  const startedAt = Date.parse(stringField(first.heartbeat ?? {}, 'startedAt') ?? '');
  const up = Number.isNaN(startedAt) ? '' : `, up ${formatDuration(at - startedAt)}`;
  const done = numberField(first.heartbeat ?? {}, 'processed') ?? 0;
  const more = others.length === 0 ? '' : `, and ${plural(others.length, 'other')}`;
  return `${workerWord(first.state, paint)}${up}, ${formatCount(done)} processed${more}`;
}

/** What happened since midnight; what was before, where that is nothing. */
function todayText({ counts }: Glance, paint: Paint): string {
  if (counts === undefined) return paint.yellow('not known while the store cannot be read');
  const { sessions, running, total, calls, failures, warned, heeded } = counts;
  if (sessions === 0)
    return total === 0 ? 'nothing recorded yet' : `nothing yet; ${plural(total, 'session')} before`;
  const parts = [
    `${plural(sessions, 'session')}${running === 0 ? '' : ` (${formatCount(running)} running)`}`,
    plural(calls, 'call'),
    ...(failures === 0 ? [] : [`${formatCount(failures)} ✗`]),
    ...(warned === 0
      ? []
      : [`Claude warned ${plural(warned, 'time')}, heeded ${formatCount(heeded)}`]),
  ];
  return parts.join(', ');
}

/** Queue and ledger in one: what waits, and whether everything captured is somewhere. */
function queueText({ queue, ledger, at }: Glance): string {
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

function troublesOf(glance: Glance): readonly Trouble[] {
  return [
    ...homeTroubles(glance),
    ...settingsTroubles(glance),
    ...glance.workers.flatMap((worker) => workerTroubles(worker, glance.version)),
    ...idleTroubles(glance),
    ...deadTroubles(glance),
    ...storeTroubles(glance),
    ...hookTroubles(glance),
  ];
}

function homeTroubles({ home, homeFault }: Glance): readonly Trouble[] {
  if (homeFault === undefined) return [];
  const { problem, remedy } = homeFault;
  return [{ text: `No worker can use ${tilde(home)}: ${problem}`, remedy }];
}

function settingsTroubles({ settings }: Glance): readonly Trouble[] {
  return settings.flatMap(({ file, hooks, expected, isOff }) =>
    isOff
      ? [
          {
            text: `disableAllHooks is true in ${tilde(file)}: no hook runs`,
            remedy: 'Remove disableAllHooks from that file.',
          },
        ]
      : hooks < expected
        ? [
            {
              text: `${tilde(file)} starts ${formatCount(hooks)} of ${plural(expected, 'hook')}`,
              remedy: 'Put the others back: `waymark install`',
            },
          ]
        : [],
  );
}

function workerTroubles(worker: SeenWorker, version: string): readonly Trouble[] {
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

function idleTroubles({ workers, queue, at }: Glance): readonly Trouble[] {
  const isServed = workers.some(({ state }) => state !== 'dead');
  if (isServed || queue.oldestAt === undefined || at - queue.oldestAt < WAITS_LONG_MS) return [];
  return [
    { text: 'Events wait and no worker runs', remedy: 'Start one: `waymark worker --detach`' },
  ];
}

function deadTroubles({ queue, counts, ledger }: Glance): readonly Trouble[] {
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
            text: `${dead.join(' and ')} given up`,
            remedy: 'See why: `waymark dead list`. Try again: `waymark dead retry --all`',
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

function storeTroubles({ store, freeBytes: free }: Glance): readonly Trouble[] {
  return [
    ...(store.message === undefined
      ? []
      : [
          {
            text: `The store is ${store.state}: ${store.message}; the queue keeps everything until it answers`,
            remedy: store.remedy ?? 'See what to do: `waymark doctor`',
          },
        ]),
    ...(free < FULL_BYTES
      ? [
          {
            text: `The disk is full: ${formatBytes(free)} free`,
            remedy: 'Make room: the store cannot be written.',
          },
        ]
      : []),
  ];
}

function hookTroubles({ hookErrors, at, home }: Glance): readonly Trouble[] {
  const { count, last } = hookErrors;
  if (last === null) return [];
  const ago = formatDuration(at - Date.parse(last.at));
  return [
    {
      text: `${plural(count, 'hook error')} in the last 24 hours, the last ${ago} ago: ${last.message}${last.hook === null ? '' : ` (${last.hook})`}`,
      remedy: last.remedy ?? `See ${tilde(home)}/log/hook-errors.log`,
    },
  ];
}
