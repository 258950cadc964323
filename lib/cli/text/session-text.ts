import { headOf } from '../../core/text.ts';
import type { Paint } from './paint.ts';
import type { CheckpointDetail } from '../../query/checkpoints.ts';
import type { OperationDetail, SessionDetail } from '../../query/session-detail.ts';
import { contextText, outcomeMark } from './outcome-mark.ts';
import { tilde } from './tilde.ts';
import { oneLine } from '../../core/one-line.ts';
import { alignColumns } from './table.ts';
import { formatCount, formatDuration, formatTime, plural } from '../../core/units.ts';

export interface SessionTextOptions {
  readonly paint: Paint;
  readonly now: number;
  /** Most operations and log lines that are shown; the latest stay. */
  readonly most: number;
  /** Columns of the terminal; `undefined` = lines are not cut. */
  readonly width?: number | undefined;
}

/** What a line keeps of a note and of an error; --json has them whole. */
const NOTE_LIMIT = 80;
const ERROR_LIMIT = 160;

/** One session for people: where, how much, its checkpoints, operations, failures and log. */
export function sessionText(detail: SessionDetail, options: SessionTextOptions): readonly string[] {
  return [
    ...head(detail, options),
    ...section(
      'Checkpoints',
      checkpointRows(detail, options),
      detail.checkpoints.length,
      options,
      [2],
    ),
    ...section('Operations', operationRows(detail, options), detail.operations.length, options),
    ...section('Failures', failureRows(detail, options), detail.failures.length, options),
    ...section('Told', toldRows(detail, options), detail.told.length, options),
    ...section('Log', logRows(detail, options), detail.log.length, options),
  ];
}

/** Why the operations may not be all there, in one line; `undefined` when the transcript was read. */
export function transcriptNote(state: string): string | undefined {
  switch (state) {
    case 'read':
      return undefined;
    case 'unread':
      return 'The transcript was not read yet: calls between two checkpoints are counted, not listed.';
    case 'reading':
      return 'The transcript is being read: more operations will come.';
    case 'partial':
      return 'Part of the transcript could not be read: some operations are counted, not listed.';
    case 'missing':
      return 'The transcript is not there: calls between two checkpoints are counted, not listed.';
    default:
      return 'The transcript cannot be read: calls between two checkpoints are counted, not listed.';
  }
}

function head(
  { session, counts, agents }: SessionDetail,
  { paint, now }: SessionTextOptions,
): readonly string[] {
  const started = Date.parse(session.startedAt);
  const end =
    session.endedAt === null ? Date.parse(session.lastEventAt) : Date.parse(session.endedAt);
  const life = `${formatTime(started, now)}, ${session.endedAt === null ? 'not ended' : 'ended'} after ${formatDuration(end - started)}`;
  const note = transcriptNote(session.transcriptState);
  const kinds = [
    `${formatCount(counts.ok)} ok`,
    `${formatCount(counts.failed)} failed`,
    `${formatCount(counts.rejected)} rejected`,
    ...(counts.running > 0 ? [`${formatCount(counts.running)} without a result`] : []),
    ...(counts.other > 0 ? [`${formatCount(counts.other)} of other tools`] : []),
  ];
  const rows = [
    ['Project', tilde(session.project ?? 'unknown')],
    ['Time', life],
    [
      'Operations',
      `${formatCount(session.operationCount)} counted by hooks; listed: ${kinds.join(', ')}`,
    ],
    ['Context', contextLine(session, paint)],
    [
      'Prompts',
      `${formatCount(session.promptCount)}${agents.length === 0 ? '' : ` · ${plural(agents.length, 'agent')}`}`,
    ],
  ];
  const lines = alignColumns(
    rows.map(([label = '', text = '']) => [paint.dim(label), oneLine(text)]),
  );
  return [
    `${paint.bold('Session')} ${session.id}`,
    ...lines,
    ...(note === undefined ? [] : [paint.yellow(note)]),
  ];
}

function contextLine(
  { contextPercent, contextTokens, model }: SessionDetail['session'],
  paint: Paint,
): string {
  const size =
    contextPercent === null && contextTokens !== null
      ? `${formatCount(contextTokens)} tokens, window not known,`
      : contextText(contextPercent, paint);
  return `${size}${model === null ? '' : ` of ${model}`}`;
}

function section(
  title: string,
  rows: readonly string[][],
  total: number,
  { paint, width, most }: SessionTextOptions,
  right: readonly number[] = [],
): readonly string[] {
  if (total === 0) return [];
  const left = total - Math.min(total, most);
  const more =
    left > 0 ? paint.dim(` (the last ${most}; ${formatCount(left)} earlier with --all)`) : '';
  return [
    '',
    `${paint.bold(title)} ${paint.dim(formatCount(total))}${more}`,
    ...alignColumns(rows, {
      indent: '  ',
      columns: right.length === 0 ? [] : [{}, {}, { right: true }],
      width,
    }),
  ];
}

function checkpointRows(
  { checkpoints }: SessionDetail,
  { paint, now, most }: SessionTextOptions,
): string[][] {
  return checkpoints
    .slice(-most)
    .map((checkpoint) => [
      paint.dim(formatTime(Date.parse(checkpoint.at), now)),
      paint.cyan(checkpoint.kind),
      plural(checkpoint.operationCount, 'op'),
      contextText(checkpoint.contextPercent, paint),
      sinceText(checkpoint, paint),
    ]);
}

function sinceText(
  { files, commands, failures, note, gitBranch }: CheckpointDetail,
  paint: Paint,
): string {
  const parts = [
    ...(files.length > 0 ? [plural(files.length, 'file')] : []),
    ...(commands.length > 0 ? [plural(commands.length, 'command')] : []),
    ...(failures.length > 0 ? [paint.red(plural(failures.length, 'failure'))] : []),
    ...(gitBranch === null ? [] : [paint.dim(gitBranch)]),
    ...(note === null ? [] : [paint.dim(headOf(oneLine(note), NOTE_LIMIT))]),
  ];
  return parts.join(' · ');
}

/** What Claude was told, and what followed. */
function toldRows({ told }: SessionDetail, { paint, now, most }: SessionTextOptions): string[][] {
  return told
    .slice(-most)
    .map(({ at, kind, about, target, outcome }) => [
      paint.dim(at === null ? '–' : formatTime(Date.parse(at), now)),
      paint.cyan(kind),
      oneLine(kind === 'context' ? `${about} %` : about),
      outcome.replace('_', ' '),
      oneLine(target ?? ''),
    ]);
}

function operationRows(
  { operations }: SessionDetail,
  { paint, now, most }: SessionTextOptions,
): string[][] {
  return operations.slice(-most).map((operation) => operationRow(operation, paint, now));
}

function operationRow(operation: OperationDetail, paint: Paint, now: number): string[] {
  return [
    outcomeMark(operation.outcome, paint),
    paint.dim(operation.at === null ? '' : formatTime(Date.parse(operation.at), now)),
    operation.tool ?? 'unknown',
    `${oneLine(operation.target ?? '')}${operation.agentId === null ? '' : paint.dim(` (agent ${operation.agentId.slice(0, 8)})`)}`,
  ];
}

function failureRows(
  { failures }: SessionDetail,
  { paint, now, most }: SessionTextOptions,
): string[][] {
  return failures
    .slice(-most)
    .map((failure) => [
      paint.red('✗'),
      paint.dim(failure.at === null ? '' : formatTime(Date.parse(failure.at), now)),
      failure.tool ?? 'unknown',
      `${oneLine(failure.target ?? '')}${failure.target === null ? '' : ': '}${paint.dim(headOf(oneLine(failure.error ?? ''), ERROR_LIMIT))}`,
    ]);
}

function logRows({ log }: SessionDetail, { paint, now, most }: SessionTextOptions): string[][] {
  return log
    .slice(-most)
    .map((line) => [
      paint.dim(line.at === null ? '' : formatTime(Date.parse(line.at), now)),
      line.kind ?? '',
      oneLine(line.detail ?? ''),
    ]);
}
