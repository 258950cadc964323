import { errorHeadline } from '../../core/error-headline.ts';
import { oneLine } from '../../core/one-line.ts';
import { headOf } from '../../core/text.ts';
import { formatCount, formatDuration, plural } from '../../core/units.ts';
import type { TraceNode } from '../../query/trace/trace-node.ts';
import { cutText } from './display-width.ts';
import { formatOutcomeMark } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { shortPatternId } from './short-ids.ts';

export interface TimelineOptions {
  readonly paint: Paint;
  /** Left out of the paths of files. */
  readonly project: string | null;
  /** Whether nothing is left out. */
  readonly all: boolean;
  /** Longest line in columns. */
  readonly width?: number | undefined;
}

/** A line of the timeline before times are aligned. */
interface Line {
  /** Milliseconds since the epoch; `undefined` = as the line before. */
  readonly at: number | undefined;
  readonly text: string;
  /** Whether something was left out here. */
  readonly isGap?: boolean;
}

/** Prompts that are shown, the latest. */
const MAX_PROMPTS = 10;

/** Steps of one prompt that are shown at its beginning and at its end. */
const FIRST = 12;
const LAST = 20;

/**
 * So many calls in a row that went well are shown at each end of the row; those between are
 * counted.
 */
const SHOWN_OF_ROW = 2;

/** A call that took less is not worth a figure. */
const LONG_MS = 5_000;

/** What happened in a session, in the order of time: prompts, and below each what it led to. */
export function formatTimeline(root: TraceNode, options: TimelineOptions): readonly string[] {
  const start = timeOf(root) ?? 0;
  const lines = linesOf(root, options);
  const times = lines.map(({ at }) => (at === undefined ? '' : formatOffset(at - start)));
  const column = Math.max(0, ...times.map((time) => time.length));
  return lines.map(({ text }, index) => {
    const line = `${options.paint.dim((times[index] ?? '').padStart(column))}  ${text}`.trimEnd();
    return options.width === undefined ? line : cutText(line, options.width);
  });
}

/** Whether the timeline leaves something out. */
export function isBounded(root: TraceNode, options: TimelineOptions): boolean {
  return linesOf(root, options).some(({ isGap }) => isGap === true);
}

function linesOf(root: TraceNode, options: TimelineOptions): readonly Line[] {
  const prompts = root.children.filter(({ kind }) => kind === 'prompt');
  const shown = options.all ? prompts : prompts.slice(-MAX_PROMPTS);
  const left = prompts.slice(0, prompts.length - shown.length);
  const from = timeOf(shown[0]) ?? Number.NEGATIVE_INFINITY;
  const others = root.children.filter(
    (node) => node.kind !== 'prompt' && (left.length === 0 || (timeOf(node) ?? from) >= from),
  );
  const { prompts: whole, rest } = placeWithin(shown, others);
  const parts = [...whole, ...rest].toSorted(byTime);
  return [...earlierLine(left), ...parts.flatMap((part) => partLines(part, options))];
}

/**
 * Puts what belongs to no prompt, such as a compaction, between the steps of the prompt that it
 * interrupted.
 */
function placeWithin(
  prompts: readonly TraceNode[],
  others: readonly TraceNode[],
): { readonly prompts: readonly TraceNode[]; readonly rest: readonly TraceNode[] } {
  const interrupted = (other: TraceNode): TraceNode | undefined => {
    const prompt = prompts.findLast((one) => orderOf(one) <= orderOf(other));
    return prompt?.children.some((step) => orderOf(step) > orderOf(other)) === true
      ? prompt
      : undefined;
  };
  const placed = prompts.map((prompt) => {
    const own = others.filter((other) => interrupted(other) === prompt);
    return own.length === 0
      ? prompt
      : { ...prompt, children: [...prompt.children, ...own].toSorted(byTime) };
  });
  return { prompts: placed, rest: others.filter((other) => interrupted(other) === undefined) };
}

function byTime(one: TraceNode, other: TraceNode): number {
  return orderOf(one) - orderOf(other) || 0;
}

function orderOf(node: TraceNode): number {
  return timeOf(node) ?? Number.POSITIVE_INFINITY;
}

function earlierLine(left: readonly TraceNode[]): readonly Line[] {
  if (left.length === 0) return [];
  const calls = left.flatMap((prompt) => [...nodesBelow(prompt)]).filter(isCall);
  const failed = calls.filter(({ outcome }) => outcome === 'failed').length;
  const text = `… ${plural(left.length, 'earlier prompt')} with ${plural(calls.length, 'call')}${failed > 0 ? `, ${formatCount(failed)} ✗` : ''}`;
  return [{ at: undefined, text, isGap: true }];
}

/** A prompt with what it led to, or a step that belongs to none. */
function partLines(part: TraceNode, options: TimelineOptions): readonly Line[] {
  const { paint } = options;
  if (part.kind !== 'prompt') return stepLines(part, '', options);
  const text = `${paint.bold('▸')} ${paint.bold(oneLine(part.detail ?? '') || 'prompt')}`;
  return [{ at: timeOf(part), text }, ...listLines(part.children, '  ', options)];
}

/** Steps of one place: rows of calls that went well, and the middle of many steps, are counted. */
function listLines(
  nodes: readonly TraceNode[],
  indent: string,
  options: TimelineOptions,
): readonly Line[] {
  const steps = nodes.filter(isShown);
  if (options.all) return steps.flatMap((step) => stepLines(step, indent, options));
  const lines: Line[] = [];
  const groups = groupsOf(steps);
  const middle = groups.length > FIRST + LAST ? groups.slice(FIRST, -LAST) : [];
  for (const [place, group] of groups.entries()) {
    if (place === FIRST && middle.length > 0) lines.push(gapLine(middle.flat(), indent));
    if (middle.length > 0 && place >= FIRST && place < groups.length - LAST) continue;
    if (group.length > 1) lines.push(gapLine(group, indent));
    else for (const step of group) lines.push(...stepLines(step, indent, options));
  }
  return lines;
}

/** Steps one by one, but for the middle of a row of calls that went well. */
function groupsOf(steps: readonly TraceNode[]): ReadonlyArray<readonly TraceNode[]> {
  const rows: TraceNode[][] = [];
  for (const step of steps) {
    const last = rows.at(-1);
    if (last !== undefined && isPlain(step) && last.every(isPlain)) last.push(step);
    else rows.push([step]);
  }
  return rows.flatMap((row) => {
    const middle = row.slice(SHOWN_OF_ROW, -SHOWN_OF_ROW);
    if (middle.length < 2) return row.map((step) => [step]);
    const ends = [row.slice(0, SHOWN_OF_ROW), row.slice(-SHOWN_OF_ROW)];
    const [before = [], after = []] = ends.map((end) => end.map((step) => [step]));
    return [...before, middle, ...after];
  });
}

function gapLine(left: readonly TraceNode[], indent: string): Line {
  const calls = left.filter(isCall);
  const failed = calls.filter(({ outcome }) => outcome === 'failed').length;
  const rest = left.length - calls.length;
  const parts = [
    ...(calls.length > 0
      ? [
          `${plural(calls.length, 'call')}${failed === 0 ? ', all ✓' : `, ${formatCount(failed)} ✗`}`,
        ]
      : []),
    ...(rest > 0 ? [plural(rest, 'other step')] : []),
  ];
  return { at: undefined, text: `${indent}… ${parts.join(', ')}`, isGap: true };
}

function isCall({ kind }: TraceNode): boolean {
  return kind === 'call';
}

/** A call that went well and of which there is nothing more to say. */
function isPlain(node: TraceNode): boolean {
  return (
    isCall(node) &&
    node.outcome === 'ok' &&
    node.children.every(({ kind }) => kind === 'checkpoint')
  );
}

/** Of events that are no step, those of sessions and of security are worth a line. */
function isShown({ kind, label }: TraceNode): boolean {
  return kind !== 'event' || /^(?:session|security)\./.test(label);
}

function stepLines(node: TraceNode, indent: string, options: TimelineOptions): readonly Line[] {
  const text = stepText(node, options);
  const own = {
    at: node.kind === 'fix' || node.kind === 'failure' ? undefined : timeOf(node),
    text: `${indent}${text}`,
  };
  const below = listLines(node.children, node.kind === 'failure' ? indent : `${indent}  `, options);
  return [own, ...below];
}

function stepText(node: TraceNode, { paint, project }: TimelineOptions): string {
  const { kind, label, outcome, durationMs } = node;
  const about = shortenPaths(oneLine(node.detail ?? ''), project);
  const mark = formatOutcomeMark(outcome ?? 'running', paint);
  const time =
    durationMs !== null && durationMs >= LONG_MS
      ? paint.dim(`  ${formatDuration(durationMs)}`)
      : '';
  switch (kind) {
    case 'call':
      return `${mark} ${paint.cyan(oneLine(label))} ${about}${time}`;
    case 'agent':
      return `${mark} ${paint.blue(`agent ${oneLine(label)}`)}${time}`;
    case 'failure':
      return paint.red(
        shortenPaths(headOf(oneLine(errorHeadline(node.detail ?? '')), NOTE_LIMIT), project),
      );
    case 'fix':
      return paint.green(`→ ${label} ${about}`);
    case 'checkpoint':
      return `${paint.green('●')} ${paint.dim(`checkpoint, ${about}${noteText(node)}`)}`;
    case 'warning':
      return `${paint.yellow('!')} ${warningText(node)}`;
    case 'prompt':
      return `${paint.bold('▸')} ${about}`;
    default:
      return paint.dim(`${wordOf(label)}${about === '' ? '' : `: ${about}`}`);
  }
}

/** What a line keeps of a note; --json has it whole. */
const NOTE_LIMIT = 120;

function noteText({ note }: TraceNode): string {
  return note === undefined ? '' : `: ${headOf(oneLine(note), NOTE_LIMIT)}`;
}

/** `session.started` → `started`. */
function wordOf(label: string): string {
  return oneLine(label)
    .replace(/^session\./, '')
    .replaceAll('_', ' ');
}

const SUBJECTS: Readonly<Record<string, (detail: string) => string>> = {
  'session.failure_warned': (detail) =>
    `Claude was warned that this is known to fail (${shortPatternId(detail.replace('warned about ', '')).slice(0, 8)})`,
  'session.context_warned': (detail) =>
    `Claude was warned that it has used ${detail.replace('of the context window', 'of its context')}`,
  'session.restore_told': () => 'Claude was informed that files were restored',
  'session.resume_told': () => 'Claude was reminded where it stopped',
};

/** The message to Claude, and what followed. */
function warningText({ label, detail, outcome }: TraceNode): string {
  const text = SUBJECTS[label]?.(oneLine(detail ?? '')) ?? oneLine(detail ?? label);
  return outcome === null || outcome === 'unknown'
    ? text
    : `${text} → ${outcome.replace('_', ' ')}`;
}

/** Paths of a project without the project. */
export function shortenPaths(text: string, project: string | null): string {
  return project === null || project === '/' ? text : text.replaceAll(`${project}/`, '');
}

function* nodesBelow(node: TraceNode): Generator<TraceNode> {
  for (const child of node.children) {
    yield child;
    yield* nodesBelow(child);
  }
}

function timeOf(node: TraceNode | undefined): number | undefined {
  return node === undefined || node.at === null ? undefined : Date.parse(node.at);
}

/** How long after the beginning: `0s`, `+42s`, `+1h 5m`. */
export function formatOffset(ms: number): string {
  return ms < 500 ? '0s' : `+${formatDuration(ms)}`;
}
