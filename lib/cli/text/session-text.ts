import { oneLine } from '../../core/one-line.ts';
import { formatAgo, formatCount, formatDuration, formatTime, plural } from '../../core/units.ts';
import type { SessionStory } from '../../query/session-story.ts';
import type { ToldCounts } from '../../query/told.ts';
import type { TraceNode } from '../../query/trace/trace-node.ts';
import { contextText } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { isRunning, lifeOf } from './session-row.ts';
import { toldText } from './status-text.ts';
import { alignColumns } from './table.ts';
import { tilde } from './tilde.ts';
import { isBounded, timeline, type TimelineOptions } from './timeline.ts';

export interface SessionTextOptions extends Omit<TimelineOptions, 'project'> {
  readonly paint: Paint;
  readonly now: number;
}

/** One session for people: where, when and how much, then what happened in the order of time. */
export function sessionText(story: SessionStory, given: SessionTextOptions): readonly string[] {
  const { session, tree } = story;
  const { paint } = given;
  const options = { ...given, project: session.project };
  const note =
    session.imported === 'prompts'
      ? 'Prompts only: its transcript had gone when it was imported.'
      : transcriptNote(session.transcriptState);
  const lines = timeline(tree, options);
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
export function transcriptNote(state: string): string | undefined {
  switch (state) {
    case 'read':
      return undefined;
    case 'unread':
      return 'The transcript was not read yet: calls between two checkpoints are counted, not listed.';
    case 'reading':
      return 'The transcript is being read: more calls will come.';
    case 'partial':
      return 'Part of the transcript could not be read: some calls are counted, not listed.';
    case 'missing':
      return 'The transcript is missing: calls between two checkpoints are counted, not listed.';
    default:
      return 'The transcript cannot be read: calls between two checkpoints are counted, not listed.';
  }
}

function headRows(story: SessionStory, { paint, now }: SessionTextOptions): string[][] {
  const { session, tree } = story;
  const started = Date.parse(session.startedAt);
  const state =
    session.endedAt !== null ? 'ended' : isRunning(session, now) ? 'running' : 'no end recorded,';
  const nodes = [...nodesOf(tree)];
  const counts = [
    plural(session.promptCount, 'prompt'),
    ...countOf(nodes, 'agent', 'agent'),
    ...countOf(nodes, 'checkpoint', 'checkpoint'),
  ];
  const told = toldIn(nodes);
  return [
    ...(session.title === null ? [] : [['Title', oneLine(session.title)]]),
    ['Project', tilde(oneLine(session.project ?? 'unknown'))],
    [
      'Time',
      `${formatAgo(started, now)} (${formatTime(started, now)}), ${state} after ${formatDuration(lifeOf(session))}`,
    ],
    ['Calls', callsText(story, paint)],
    ['Also', counts.join(', ')],
    ['Context', contextLine(session, paint)],
    ...(told.told === 0 ? [] : [['Told', `Claude was told something ${toldText(told)}`]]),
  ].map(([label = '', text = '']) => [paint.dim(label), text]);
}

function callsText({ session, counts }: SessionStory, paint: Paint): string {
  const kinds = [
    `${formatCount(counts.ok)} ✓`,
    ...(counts.failed > 0 ? [paint.red(`${formatCount(counts.failed)} ✗`)] : []),
    ...(counts.rejected > 0 ? [`${formatCount(counts.rejected)} rejected`] : []),
    ...(counts.running > 0 ? [`${formatCount(counts.running)} without a result`] : []),
  ];
  const unlisted = session.operationCount - counts.counted;
  const counted = unlisted > 0 ? `, ${formatCount(unlisted)} counted only` : '';
  const other = counts.other > 0 ? `; and ${formatCount(counts.other)} of other tools` : '';
  return `${formatCount(session.operationCount)}: ${kinds.join(', ')}${counted}${other}`;
}

function contextLine(
  { contextPercent, contextTokens, model }: SessionStory['session'],
  paint: Paint,
): string {
  const size =
    contextPercent === null && contextTokens !== null
      ? `${formatCount(contextTokens)} tokens, window not known,`
      : contextText(contextPercent, paint);
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

function toldIn(nodes: readonly TraceNode[]): ToldCounts {
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
