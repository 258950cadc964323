import { listPatternFolders, type StoredPattern } from '../../query/failures.ts';
import type { Paint } from './paint.ts';
import type { HookMessageCounts } from '../../query/hook-messages.ts';
import { formatMessageCounts } from './status-text.ts';
import { abbreviateHome } from './tilde.ts';
import { oneLine } from '../../core/one-line.ts';
import { shortPatternId, shortenIds } from './short-ids.ts';
import { cutText, displayWidth } from './display-width.ts';
import { alignLabels } from './labels.ts';
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

/** Where a line has room for more than the error and the fix, it names the command, too. */
const WIDE = 110;
const COMMAND_WIDTH = 28;

/** Id, error and fix are what people look for. */
const PATTERN_COLUMNS: readonly Column[] = [
  {},
  {},
  { right: true, gives: 1 },
  { least: 48 },
  {},
  { least: COMMAND_WIDTH, gives: 2 },
];

/** Columns that id, time and count take of a line. */
const BESIDE_TEXT = 28;

/**
 * A line per pattern, those that failed latest first: id, when, how often, error, fix, action,
 * command.
 */
export function formatFailureTable(
  patterns: readonly StoredPattern[],
  { paint, now, width }: TextOptions,
): readonly string[] {
  const short = shortenIds(patterns.map(({ pattern }) => shortPatternId(pattern.id)));
  const hasCommand = width === undefined || width >= WIDE;
  const beside = BESIDE_TEXT + (hasCommand ? COMMAND_WIDTH + 2 : 0);
  const room = width === undefined ? TEXT_LIMIT : width - beside;
  const rows = patterns.map(({ command, pattern }) => [
    paint.bold(short.get(shortPatternId(pattern.id)) ?? pattern.id),
    formatAgo(pattern.lastAt, now),
    `${formatCount(pattern.count)}×`,
    errorAndFix({ command, pattern }, paint, room),
    [isUsual(pattern) ? '' : actionWord(pattern, paint), pattern.team === undefined ? '' : 'team']
      .filter((word) => word !== '')
      .join(' '),
    hasCommand ? paint.dim(`in ${commandText({ command, pattern })}`) : '',
  ]);
  return alignColumns(rows, { columns: PATTERN_COLUMNS, width });
}

type Named = Pick<StoredPattern, 'command' | 'pattern'>;

function commandText({ command, pattern }: Named): string {
  return headOf(oneLine(command === '' ? pattern.tool : command), TEXT_LIMIT);
}

/** An error that says nothing but its exit code needs the command beside it. */
function errorText({ command, pattern }: Named): string {
  const error = headOf(oneLine(pattern.lastError), TEXT_LIMIT);
  return /^Exit code \d+$/.test(error) ? `${commandText({ command, pattern })}: ${error}` : error;
}

/**
 * What fails and what worked instead, in one cell: the error gives way, so that the fix is seen.
 */
function errorAndFix({ command, pattern }: Named, paint: Paint, room: number): string {
  const error = errorText({ command, pattern });
  if (pattern.fix === null) return paint.red(error);
  const fix = `→ ${headOf(fixText(pattern), TEXT_LIMIT)}`;
  const half = Math.floor(room / 2);
  return `${paint.red(cutText(error, Math.max(half, room - displayWidth(fix) - 2)))}  ${paint.green(fix)}`;
}

function isUsual({ action, isSet }: StoredPattern['pattern']): boolean {
  return action === 'warn' && !isSet;
}

/** What worked, in the folder where it was seen. */
function fixText(pattern: StoredPattern['pattern']): string {
  const { text = '', isEdit = false } = pattern.fix ?? {};
  const short = pattern.projects.reduce(
    (rest, project) => rest.replaceAll(`${project}/`, ''),
    oneLine(text),
  );
  return `${isEdit ? 'an edit of ' : ''}${short}`;
}

/** Everything that is known about one pattern. */
export function formatFailure(
  { command, pattern }: StoredPattern,
  { paint, now, width, warned }: TextOptions & { readonly warned: HookMessageCounts },
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
        : `${paint.green(fixText(pattern))} (${plural(fix.count, 'time')})`,
    ],
    ...teamRows(pattern),
    ['action', actionWord(pattern, paint)],
    [
      'scope',
      scope === 'global'
        ? 'everywhere'
        : listPatternFolders(pattern).map(folderText).join(', ') || 'no project',
    ],
    [
      'since then',
      pattern.successesSince === 0
        ? 'no success'
        : plural(pattern.successesSince, 'success', 'successes'),
    ],
    ['warned', warned.told === 0 ? 'never' : formatMessageCounts(warned)],
  ].map(([name = '', value = '']) => [paint.dim(name), value]);
  return [
    `${paint.bold(id)} ${tool} ${paint.cyan(oneLine(command))}`,
    ...alignLabels(rows, { indent: '  ', width }),
  ];
}

/** Of the team's patterns, only the name of a folder is known. */
function folderText(folder: string): string {
  return folder.startsWith('*/') ? `folders named ${folder.slice(2)}` : abbreviateHome(folder);
}

function teamRows({ team }: StoredPattern['pattern']): ReadonlyArray<readonly [string, string]> {
  if (team === undefined) return [];
  const { isFixOnly, isConfirmed, people } = team;
  const what = isFixOnly ? 'the fix is known from the team' : 'known from the team';
  const why = isConfirmed ? 'a teammate confirmed the fix' : `happened to ${people} people`;
  return [['team', `${what}: ${why}`]];
}

function actionWord({ action, isSet }: StoredPattern['pattern'], paint: Paint): string {
  if (action === 'mute') return paint.dim('mute');
  return isSet ? paint.bold(action) : action;
}

/** Why nothing was learned though calls failed. */
export function formatUnlearned(failed: number): readonly string[] {
  return [
    `Nothing was learned yet from ${plural(failed, 'failed call')}. A worker learns in the background, and only for folders that still exist.`,
    'Learn now: `waymark dispatch`. Find the calls: `waymark search WORDS --failed`',
  ];
}
