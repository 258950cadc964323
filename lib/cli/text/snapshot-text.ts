import { oneLine, plainLines } from '../../core/one-line.ts';
import { formatAgo, formatBytes, formatCount, formatTime, plural } from '../../core/units.ts';
import type { LeftOutPath } from '../../actions/keep-files.ts';
import type { CheckpointDiff, FileDiff } from '../../query/snapshots/diff-checkpoints.ts';
import type { KeptCheckpoint } from '../../query/snapshots/list-checkpoints.ts';
import type { WorkBetween } from '../../query/snapshots/work-between.ts';
import type { Paint } from './paint.ts';
import type { Column } from './table.ts';

export const CHECKPOINT_COLUMNS: readonly Column[] = [
  {},
  {},
  { least: 6, gives: 2 },
  { right: true },
  { right: true, gives: 3 },
  { gives: 4 },
  { least: 10, gives: 1 },
];

const CAUSE_WORDS = {
  prompt: 'prompt',
  checkpoint: 'checkpoint',
  'risky-command': 'risky command',
  'session-end': 'session end',
  manual: 'manual',
  'before-restore': 'before a restore',
} as const satisfies Readonly<Record<KeptCheckpoint['cause'], string>>;

/** One kept state as cells: id, age, cause, files, size, session, what it was taken for. */
export function formatCheckpointCells(
  one: KeptCheckpoint,
  paint: Paint,
  now: number,
): readonly string[] {
  const { added, changed, removed } = one.counts;
  return [
    paint.cyan(one.id),
    formatAgo(Date.parse(one.at), now),
    CAUSE_WORDS[one.cause],
    [
      paint.green(`+${formatCount(added)}`),
      paint.yellow(`~${formatCount(changed)}`),
      paint.red(`-${formatCount(removed)}`),
    ].join(' '),
    formatBytes(one.bytes),
    one.session === null ? '' : oneLine(one.session).slice(0, 8),
    [...remarks(one).map((text) => paint.yellow(text)), oneLine(one.note ?? one.promptText ?? '')]
      .filter((text) => text !== '')
      .join(' · '),
  ];
}

function remarks(one: KeptCheckpoint): readonly string[] {
  return [
    ...(one.isPartial ? [`partial: ${plural(one.leftOut, 'path')} left out`] : []),
    ...(one.isThere ? [] : ['the folder is gone']),
    ...(one.underWay === null ? [] : [`${oneLine(one.underWay)} under way`]),
  ];
}

const LEFT_OUT_WORDS = {
  'too-large': 'larger than snapshotFileSize',
  'beyond-total': 'beyond snapshotSize',
  unreadable: 'not readable',
  'no-time': 'no time; the next checkpoint has it',
  'no-commit': 'a repository without a commit',
  lost: 'lost by a damaged disk',
} as const satisfies Readonly<Record<LeftOutPath['reason'], string>>;

/** What a checkpoint left out: the first paths, each with the reason. */
export function formatLeftOut(leftOut: readonly LeftOutPath[]): readonly string[] {
  const lines = leftOut
    .slice(0, MAX_NAMED)
    .map(({ path, reason }) => `  left out  ${oneLine(path)}: ${LEFT_OUT_WORDS[reason]}`);
  const more = leftOut.length - lines.length;
  return more > 0 ? [...lines, `  left out  ${plural(more, 'other path')}`] : lines;
}

const MAX_NAMED = 5;

/** What was asked for and done between two states. */
export function formatWork(
  { prompts, calls }: WorkBetween,
  paint: Paint,
  now: number,
): readonly string[] {
  const lines = [
    ...prompts.map(({ at, text }) => ({ at, line: paint.bold(`› ${oneLine(text)}`) })),
    ...calls.map(({ at, tool, target, outcome }) => ({
      at,
      line: `  ${oneLine(tool)} ${oneLine(target)}${outcome === 'ok' ? '' : paint.red(` (${oneLine(outcome)})`)}`,
    })),
  ];
  return lines
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ at, line }) => `${paint.dim(formatTime(Date.parse(at), now))} ${line}`);
}

/** A line for each file, and their sum. */
export function formatDiffStat(files: readonly FileDiff[], paint: Paint): readonly string[] {
  const letter = {
    A: paint.green('A'),
    D: paint.red('D'),
    M: paint.yellow('M'),
    T: paint.yellow('T'),
  };
  const lines = files.map(
    ({ path, status, added, removed }) =>
      `${letter[status]} ${oneLine(path)}  ${
        added === null ? 'binary' : `${paint.green(`+${added}`)} ${paint.red(`-${removed ?? 0}`)}`
      }`,
  );
  const sum = (of: 'added' | 'removed'): number =>
    files.reduce((total, file) => total + (file[of] ?? 0), 0);
  const total = `${plural(files.length, 'file')} changed, +${formatCount(sum('added'))} -${formatCount(sum('removed'))} lines`;
  return [...lines, paint.bold(total)];
}

/** A patch of git's for a terminal: no line of it is more than letters, and tabs are spaces. */
export function formatPatch(patch: string, paint: Paint): readonly string[] {
  const lines = patch.replace(/\n$/, '').split('\n');
  return patch === '' ? [] : lines.map((line) => paintLine(plainLines(expandTabs(line)), paint));
}

function paintLine(line: string, paint: Paint): string {
  if (/^(?:diff |index |--- |\+\+\+ |old mode|new mode|new file|deleted file)/.test(line))
    return paint.bold(line);
  if (line.startsWith('@@')) return paint.cyan(line);
  if (line.startsWith('+')) return paint.green(line);
  return line.startsWith('-') ? paint.red(line) : line;
}

const TAB = 8;

/** Of a line of a patch, whose first sign is not the file's. */
function expandTabs(line: string): string {
  let text = '';
  for (const sign of line.slice(1))
    text += sign === '\t' ? ' '.repeat(TAB - (text.length % TAB)) : sign;
  return line.slice(0, 1) + text;
}

/** What a diff is between. */
export function formatDiffHead({ from, to, fromAt, toAt }: CheckpointDiff, now: number): string {
  const end = to === null ? 'now' : `${to} (${formatAgo(Date.parse(toAt), now)})`;
  return `${from} (${formatAgo(Date.parse(fromAt), now)}) → ${end}`;
}
