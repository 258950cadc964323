import type { TraceNode } from '../../query/trace/trace-node.ts';
import type { Paint } from './paint.ts';
import { formatOutcomeMark } from './outcome-mark.ts';
import { errorHeadline } from '../../core/error-headline.ts';
import { oneLine } from '../../core/one-line.ts';
import { cutText } from './display-width.ts';
import { abbreviateHome } from './tilde.ts';
import { formatOffset, shortenPaths } from './timeline.ts';
import { formatAgo, formatCount, formatDuration } from '../../core/units.ts';

export interface TraceTextOptions {
  readonly paint: Paint;
  readonly now: number;
  /** Whether wide places are shown whole. */
  readonly all: boolean;
  /** Longest line in columns. */
  readonly width?: number | undefined;
}

/** Steps below one that are shown: the first and the last of more. */
const FIRST = 8;
const LAST = 12;

/** A chain as a tree, one step a line, each with how long after the first it came. */
export function formatTrace(root: TraceNode, options: TraceTextOptions): readonly string[] {
  const { paint, now, all, width } = options;
  const start = startOf(root);
  const timeOf = (at: string | null): string =>
    at === null || start === undefined ? '' : formatOffset(Date.parse(at) - start);
  const column = Math.max(...[...allNodes(root)].map(({ at }) => timeOf(at).length));
  const line = (at: string | null, stem: string, text: string): string =>
    cutTo(`${paint.dim(timeOf(at).padStart(column))}  ${paint.dim(stem)}${text}`, width);
  const text = (node: TraceNode): string =>
    shortenPaths(textOf(node, paint), root.kind === 'session' ? root.detail : null);
  const below = (node: TraceNode, stem: string): readonly string[] =>
    shownOf(node.children, all).flatMap((child, index, shown) => {
      const isLast = index === shown.length - 1;
      const branch = `${stem}${isLast ? '└─ ' : '├─ '}`;
      if (typeof child === 'number')
        return [line(null, branch, paint.dim(`… ${formatCount(child)} more (--all shows them)`))];
      return [
        line(child.at, branch, text(child)),
        ...below(child, `${stem}${isLast ? '   ' : '│  '}`),
      ];
    });
  const when = start === undefined ? '' : formatAgo(start, now);
  return [line(root.at, '', textOf(root, paint, when)), ...below(root, '')];
}

/** When the first step came, in milliseconds since the epoch. */
function startOf(root: TraceNode): number | undefined {
  const times = [...allNodes(root)].flatMap(({ at }) => (at === null ? [] : [Date.parse(at)]));
  return times.length === 0 ? undefined : times.reduce((one, other) => Math.min(one, other));
}

function cutTo(line: string, width: number | undefined): string {
  return width === undefined ? line : cutText(line, width);
}

function* allNodes(node: TraceNode): Generator<TraceNode> {
  yield node;
  for (const child of node.children) yield* allNodes(child);
}

/** The steps of a place, with the number of those that are left out in their stead. */
function shownOf(children: readonly TraceNode[], all: boolean): ReadonlyArray<TraceNode | number> {
  if (all || children.length <= FIRST + LAST + 1) return children;
  return [...children.slice(0, FIRST), children.length - FIRST - LAST, ...children.slice(-LAST)];
}

/** @param when Of the first step: how long ago it was. */
function textOf(node: TraceNode, paint: Paint, when = ''): string {
  const { label, detail, id, model, tokens, durationMs } = node;
  const about = detail === null ? '' : oneLine(detail);
  const figures = [
    model,
    tokens === null ? null : `${formatCount(tokens)} tokens`,
    durationMs === null ? null : timeTaken(durationMs),
  ].filter((part) => part !== null);
  const tail = figures.length === 0 ? '' : paint.dim(`  ${figures.join(' · ')}`);
  switch (node.kind) {
    case 'session':
      return `${paint.bold(`${label} ${id ?? ''}`)}  ${when}${about === '' ? '' : `  ${abbreviateHome(about)}`}${tail}`;
    case 'correlation':
      return `${paint.bold(id === null ? 'no session, no correlation' : `${label} ${id}`)}  ${when}`;
    case 'prompt':
      return `${paint.bold('▸')} ${paint.bold(about === '' ? label : about)}`;
    case 'call':
      return `${formatOutcomeMark(node.outcome ?? 'running', paint)} ${formatLabel(paint.cyan(label), about)}${tail}`;
    case 'agent':
      return `${formatOutcomeMark(node.outcome ?? 'running', paint)} ${formatLabel(paint.blue(`agent ${label}`), id ?? '', paint.dim)}${tail}`;
    case 'failure':
      return `${paint.red(oneLine(errorHeadline(detail ?? '')))}${id === null ? '' : paint.dim(`  ${id}`)}`;
    case 'fix':
      return paint.green(`→ ${formatLabel(label, about)}`);
    case 'checkpoint':
      return `${paint.green('●')} ${formatLabel('checkpoint', about, paint.dim)}`;
    case 'warning':
      return `${paint.yellow('!')} ${label === 'session.context_warned' ? 'warned at ' : ''}${about}${followedText(node.outcome)}`;
    case 'event':
      return `${paint.dim('·')} ${formatLabel(label, about, paint.dim)}`;
  }
}

/** What followed the message to Claude; empty while unknown. */
function followedText(outcome: string | null): string {
  return outcome === null || outcome === 'unknown' ? '' : ` → ${outcome.replace('_', ' ')}`;
}

/** A label and its value; no space after a label alone. */
function formatLabel(label: string, about: string, show = (text: string): string => text): string {
  return about === '' ? label : `${label} ${show(about)}`;
}

/** `174ms`, `1.2s`, `3m 5s`. */
function timeTaken(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)}s` : formatDuration(ms);
}
