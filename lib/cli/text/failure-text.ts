import { foldersOf, type StoredPattern } from '../../query/failures.ts';
import type { Paint } from './paint.ts';
import type { ToldCounts } from '../../query/told.ts';
import { tilde, toldText } from './status-text.ts';
import { oneLine } from '../../core/one-line.ts';
import { alignColumns } from './table.ts';
import { formatTime, plural } from '../../core/units.ts';

interface TextOptions {
  readonly paint: Paint;
  readonly now: number;
  readonly width?: number | undefined;
}

/** A line per pattern, those that failed latest first. */
export function failureTable(
  patterns: readonly StoredPattern[],
  { paint, now, width }: TextOptions,
): readonly string[] {
  const head = [
    'ID',
    'LAST SEEN',
    'TIMES',
    'SESSIONS',
    'SCOPE',
    'ACTION',
    'WHAT FAILS, AND HOW',
  ].map(paint.dim);
  const rows = patterns.map(({ command, pattern }) => [
    pattern.id,
    formatTime(pattern.lastAt, now),
    String(pattern.count),
    String(pattern.sessions),
    pattern.scope,
    actionWord(pattern, paint),
    `${paint.cyan(oneLine(command === '' ? pattern.tool : command))} ${oneLine(pattern.error)}${pattern.fix === null ? '' : paint.green(`  → ${oneLine(pattern.fix.text)}`)}`,
  ]);
  return alignColumns([head, ...rows], { right: [2, 3], width });
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
      `${plural(count, 'time')} in ${plural(sessions, 'session')}, ${formatTime(firstAt, now)} to ${formatTime(lastAt, now)}`,
    ],
    ['error', paint.red(oneLine(error))],
    ['kind', kind],
    ['last command', oneLine(lastCommand)],
    ['last error', oneLine(lastError)],
    [
      'what worked',
      fix === null
        ? 'nothing is known'
        : `${fix.isEdit ? 'an edit of ' : ''}${paint.green(oneLine(fix.text))} (${plural(fix.count, 'time')})`,
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
    ['warned', warned.told === 0 ? 'never' : toldText(warned)],
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
