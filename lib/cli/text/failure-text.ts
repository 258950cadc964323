import { foldersOf, type StoredPattern } from '../../query/failures.ts';
import type { Paint } from './paint.ts';
import type { ToldCounts } from '../../query/told.ts';
import { toldText } from './status-text.ts';
import { tilde } from './tilde.ts';
import { oneLine } from '../../core/one-line.ts';
import { shortIds } from './short-ids.ts';
import { alignColumns, type Column } from './table.ts';
import { headOf } from '../../core/text.ts';
import { formatAgo, formatCount, plural } from '../../core/units.ts';

interface TextOptions {
  readonly paint: Paint;
  readonly now: number;
  readonly width?: number | undefined;
}

/** What a cell keeps of an error and of a command; --json has them whole. */
const TEXT_LIMIT = 160;

/** Id, error and fix are what people look for. */
const PATTERN_COLUMNS: readonly Column[] = [
  {},
  {},
  { right: true, gives: 2 },
  { least: 48 },
  { least: 20 },
  {},
  { least: 12, gives: 3 },
];

/** A line per pattern, those that failed latest first: id, when, how often, error, fix, action, command. */
export function failureTable(
  patterns: readonly StoredPattern[],
  { paint, now, width }: TextOptions,
): readonly string[] {
  const short = shortIds(patterns.map(({ pattern }) => nakedId(pattern.id)));
  const rows = patterns.map(({ command, pattern }) => [
    paint.bold(short.get(nakedId(pattern.id)) ?? pattern.id),
    formatAgo(pattern.lastAt, now),
    `${formatCount(pattern.count)}×`,
    paint.red(headOf(oneLine(pattern.lastError), TEXT_LIMIT)),
    pattern.fix === null ? '' : paint.green(`→ ${headOf(fixText(pattern.fix), TEXT_LIMIT)}`),
    isUsual(pattern) ? '' : actionWord(pattern, paint),
    paint.dim(`in ${headOf(oneLine(command === '' ? pattern.tool : command), TEXT_LIMIT)}`),
  ]);
  return alignColumns(rows, { columns: PATTERN_COLUMNS, width });
}

/** `pat_` may be left out wherever an id is taken. */
function nakedId(id: string): string {
  return id.replace(/^pat_/, '');
}

function isUsual({ action, isSet }: StoredPattern['pattern']): boolean {
  return action === 'warn' && !isSet;
}

function fixText({ text, isEdit }: { readonly text: string; readonly isEdit: boolean }): string {
  return `${isEdit ? 'an edit of ' : ''}${oneLine(text)}`;
}

/** Everything that is known about one pattern. */
export function failureText(
  { command, pattern }: StoredPattern,
  { paint, now, warned }: Pick<TextOptions, 'paint' | 'now'> & { readonly warned: ToldCounts },
): readonly string[] {
  const {
    id,
    tool,
    error,
    kind,
    count,
    sessions,
    firstAt,
    lastAt,
    lastError,
    lastCommand,
    fix,
    scope,
  } = pattern;
  const rows = [
    [
      'fails',
      `${plural(count, 'time')} in ${plural(sessions, 'session')}, ${count === 1 ? formatAgo(lastAt, now) : `first ${formatAgo(firstAt, now)}, last ${formatAgo(lastAt, now)}`}`,
    ],
    ['error', paint.red(oneLine(lastError))],
    ['in general', oneLine(error)],
    ['kind', kind],
    ['last command', oneLine(lastCommand)],
    [
      'what worked',
      fix === null
        ? 'nothing is known'
        : `${paint.green(fixText(fix))} (${plural(fix.count, 'time')})`,
    ],
    ['action', actionWord(pattern, paint)],
    [
      'scope',
      scope === 'global' ? 'everywhere' : foldersOf(pattern).map(tilde).join(', ') || 'no project',
    ],
    [
      'since then',
      pattern.successesSince === 0
        ? 'no success'
        : plural(pattern.successesSince, 'success', 'successes'),
    ],
    ['told', warned.told === 0 ? 'never' : toldText(warned)],
  ].map(([name = '', value = '']) => [paint.dim(name), value]);
  return [
    `${paint.bold(id)} ${tool} ${paint.cyan(oneLine(command))}`,
    ...alignColumns(rows, { indent: '  ' }),
  ];
}

function actionWord({ action, isSet }: StoredPattern['pattern'], paint: Paint): string {
  if (action === 'mute') return paint.dim('mute');
  return isSet ? paint.bold(action) : action;
}
