import { oneLine } from '../../core/one-line.ts';
import { formatAgo, formatCount, formatDuration, formatTime, plural } from '../../core/units.ts';
import type { Cost } from '../../query/cost.ts';
import type { SessionState } from '../../query/session-states.ts';
import type { SessionStory } from '../../query/session-story.ts';
import type { HookMessageCounts } from '../../query/hook-messages.ts';
import type { TraceNode } from '../../query/trace/trace-node.ts';
import { formatDollars } from './cost-text.ts';
import { formatContextPercent } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { computeSessionDuration } from './session-row.ts';
import { stateText } from './state-text.ts';
import { formatMessageCounts } from './status-text.ts';
import { alignColumns } from './table.ts';
import { abbreviateHome } from './tilde.ts';
import { isBounded, formatTimeline, type TimelineOptions } from './timeline.ts';

export interface SessionTextOptions extends Omit<TimelineOptions, 'project'> {
  readonly paint: Paint;
  readonly now: number;
  readonly state: SessionState;
}

/** One session for people: where, when and how much, then what happened in the order of time. */
export function formatSession(story: SessionStory, given: SessionTextOptions): readonly string[] {
  const { session, tree } = story;
  const { paint } = given;
  const options = { ...given, project: session.project };
  const note =
    session.imported === 'prompts'
      ? 'Prompts only: its transcript was missing when it was imported.'
      : formatTranscriptNote(session.transcriptState);
  const lines = formatTimeline(tree, options);
  const more = `The whole session: \`waymark show ${session.id.slice(0, 8)} --all\``;
  return [
    `${paint.bold('Session')} ${oneLine(session.id)}`,
    ...alignColumns(headRows(story, given), { columns: [{}, { least: 20 }], width: given.width }),
    ...(note === undefined ? [] : [paint.yellow(note)]),
    ...lossLines(story, paint),
    '',
    ...lines,
    ...(isBounded(tree, options) ? ['', paint.dim(more)] : []),
  ];
}

/** How to bring back what the client deleted or cut. */
function lossLines({ session, loss }: SessionStory, paint: Paint): readonly string[] {
  if (loss === undefined) return [];
  const what =
    loss.kind === 'missing' ? 'no longer has the transcript' : 'has less of the transcript';
  return [
    paint.yellow(
      `Claude Code ${what}; the archive does: \`waymark sessions restore ${session.id.slice(0, 8)}\``,
    ),
  ];
}

/** Why the calls may not be all there, in one line; `undefined` when the transcript was read. */
export function formatTranscriptNote(state: string): string | undefined {
  switch (state) {
    case 'read':
      return undefined;
    case 'unread':
      return 'The transcript was not read yet: throttled calls are counted, but not listed.';
    case 'reading':
      return 'The transcript is being read: more calls will come.';
    case 'partial':
      return 'Part of the transcript could not be read: some calls are counted, but not listed.';
    case 'missing':
      return 'The transcript is missing: throttled calls are counted, but not listed.';
    default:
      return 'The transcript cannot be read: throttled calls are counted, but not listed.';
  }
}

function headRows(story: SessionStory, { paint, now, state }: SessionTextOptions): string[][] {
  const { session, tree } = story;
  const started = Date.parse(session.startedAt);
  const took = formatDuration(computeSessionDuration(session));
  const nodes = [...nodesOf(tree)];
  const counts = [
    plural(session.promptCount, 'prompt'),
    ...countOf(nodes, 'agent', 'agent'),
    ...countOf(nodes, 'checkpoint', 'checkpoint'),
  ];
  const told = countMessages(nodes);
  return [
    ...(session.title === null ? [] : [['Title', oneLine(session.title)]]),
    ['Project', abbreviateHome(oneLine(session.project ?? 'unknown'))],
    [
      'Time',
      `${formatAgo(started, now)} (${formatTime(started, now)}), ${state.state === 'ended' ? `ended after ${took}` : `${took} long`}`,
    ],
    ...(state.state === 'ended' ? [] : [['State', stateLine(state, now)]]),
    ['Calls', callsText(story, paint)],
    ['Also', counts.join(', ')],
    ['Context', contextLine(session, paint)],
    ...(story.cost === undefined ? [] : [['Cost', costLine(story.cost)]]),
    ...(told.told === 0 ? [] : [['Claude', `got messages ${formatMessageCounts(told)}`]]),
  ].map(([label = '', text = '']) => [paint.dim(label), text]);
}

function stateLine(state: SessionState, now: number): string {
  const { message } = state;
  return `${stateText(state, now)}${message === null ? '' : `: ${oneLine(message)}`}`;
}

function callsText({ session, counts }: SessionStory, paint: Paint): string {
  const none = counts.failed + counts.rejected + counts.running === 0;
  const kinds = [
    ...(counts.ok > 0 || !none ? [`${formatCount(counts.ok)} ✓`] : []),
    ...(counts.failed > 0 ? [paint.red(`${formatCount(counts.failed)} ✗`)] : []),
    ...(counts.rejected > 0 ? [`${formatCount(counts.rejected)} rejected`] : []),
    ...(counts.running > 0 ? [`${formatCount(counts.running)} without a result`] : []),
  ];
  const unlisted = session.operationCount - counts.counted;
  const counted = unlisted > 0 ? `, ${formatCount(unlisted)} only counted` : '';
  const other = counts.other > 0 ? `; and ${formatCount(counts.other)} of other tools` : '';
  const results = kinds.length === 0 ? '' : `: ${kinds.join(', ')}`;
  return `${formatCount(session.operationCount)}${results}${counted}${other}`;
}

function costLine(cost: Cost): string {
  const { answers, input, output, cacheRead, cacheWrite5m, cacheWrite1h } = cost;
  const tokens = input + output + cacheRead + cacheWrite5m + cacheWrite1h;
  return `${formatDollars(cost)} at list prices: ${plural(answers, 'answer')}, ${formatCount(tokens)} tokens`;
}

function contextLine(
  { contextPercent, contextTokens, model }: SessionStory['session'],
  paint: Paint,
): string {
  const size =
    contextPercent === null && contextTokens !== null
      ? `${formatCount(contextTokens)} tokens, window unknown,`
      : formatContextPercent(contextPercent, paint);
  return `${size}${model === null ? '' : ` of ${oneLine(model)}`}`;
}

function countOf(
  nodes: readonly TraceNode[],
  kind: TraceNode['kind'],
  word: string,
): readonly string[] {
  const count = nodes.filter((node) => node.kind === kind).length;
  return count === 0 ? [] : [plural(count, word)];
}

function countMessages(nodes: readonly TraceNode[]): HookMessageCounts {
  const outcomes = nodes.filter(({ kind }) => kind === 'warning').map(({ outcome }) => outcome);
  const of = (wanted: string): number => outcomes.filter((one) => one === wanted).length;
  const counts = {
    heeded: of('heeded'),
    failedAgain: of('failed_again'),
    wentWell: of('went_well'),
  };
  const known = counts.heeded + counts.failedAgain + counts.wentWell;
  return { told: outcomes.length, ...counts, unknown: outcomes.length - known };
}

function* nodesOf(node: TraceNode): Generator<TraceNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
