import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import { errorHeadline } from '../../core/error-headline.ts';
import { oneLine } from '../../core/one-line.ts';
import { isAfterCompaction, type PlayedStep } from '../../actions/demo/play.ts';
import { summarizeCall } from '../../query/event-summary.ts';
import { cutText, padText, wrapText } from './display-width.ts';
import type { Paint } from './paint.ts';

export interface DemoLayout {
  /** The folder that is left out of paths. */
  readonly project: string;
  readonly paint: Paint;
  /** Columns of a line. */
  readonly width: number;
}

/** Columns of what the hooks of a step took, at the end of its line. */
const COST_WIDTH = 9;

const INDENT = '    ';

/**
 * The lines of a step: the prompt or call with the time of its hooks, and the message to Claude.
 */
export function formatDemoStep(step: PlayedStep, layout: DemoLayout): readonly string[] {
  const { paint } = layout;
  return [
    ...eventLines(step, layout),
    ...step.told.flatMap((text) => toldLines(text, formatMessageMoment(step), layout)),
    ...checkpointLines(step, layout),
    ...(step.missing > 0
      ? [`${INDENT}${paint.red(`${step.missing} events were not stored`)}`]
      : []),
    ...step.runs
      .filter(({ status }) => status !== 0)
      .map(({ status, problem }) => {
        const end = problem ?? `a hook ended with status ${status ?? 'none'}`;
        return `${INDENT}${paint.red(oneLine(end))}`;
      }),
  ];
}

function eventLines(step: PlayedStep, layout: DemoLayout): readonly string[] {
  const { paint } = layout;
  const { event, input } = step.payload;
  const call = shortPaths(summarizeCall(input) ?? '', layout);
  switch (event) {
    case 'UserPromptSubmit':
      return [
        '',
        withCost(`  ▸ ${paint.bold(oneLine(stringField(input, 'prompt') ?? ''))}`, step, layout),
      ];
    case 'PreToolUse':
      return step.told.length === 0 ? [] : [cutText(`${INDENT}… ${call}`, layout.width)];
    case 'PostToolUse':
      return [withCost(`${INDENT}${paint.green('✓')} ${call}`, step, layout)];
    case 'PostToolUseFailure':
      return [
        withCost(`${INDENT}${paint.red('✗')} ${call}`, step, layout),
        ...errorLines(input, layout),
      ];
    case 'TaskCreated': {
      const subject = oneLine(stringField(input, 'task_subject') ?? '');
      return [withCost(`${INDENT}${paint.green('✓')} TaskCreate ${subject}`, step, layout)];
    }
    case 'PreCompact':
      return ['', withCost(`  ${paint.bold('The conversation is compacted')}`, step, layout)];
    default:
      return [];
  }
}

function errorLines(input: JsonObject, { paint, width }: DemoLayout): readonly string[] {
  const headline = errorHeadline(stringField(input, 'error') ?? '');
  return [cutText(`${INDENT}  ${paint.red(oneLine(headline))}`, width)];
}

/** The very text that Claude reads, below a line that says so. */
function toldLines(text: string, when: string, { paint, width }: DemoLayout): readonly string[] {
  const bar = `${INDENT}  ${paint.yellow('│')} `;
  return [
    `${INDENT}${paint.yellow(`Message to Claude, ${when}:`)}`,
    ...text
      .split('\n')
      .flatMap((line) => wrapText(oneLine(line), width - INDENT.length - 4))
      .map((line) => bar + line),
  ];
}

function formatMessageMoment({ payload }: PlayedStep): string {
  if (payload.event === 'PreToolUse') return 'before it runs';
  if (payload.event === 'UserPromptSubmit') return 'with this prompt';
  return isAfterCompaction(payload) ? 'as the session continues' : 'as the session begins';
}

/** Of checkpoints those that close something: between them one a minute is made. */
function checkpointLines({ events }: PlayedStep, { paint }: DemoLayout): readonly string[] {
  const kinds = events
    .filter((event) => stringField(event, 'event_type') === 'checkpoint.created')
    .map((event) => stringField(objectField(event, 'payload'), 'kind') ?? '');
  return kinds
    .filter((kind) => kind === 'stop' || kind === 'pre-compact')
    .map(() => `${INDENT}${paint.dim('● checkpoint')}`);
}

function withCost(text: string, { ms }: PlayedStep, { paint, width }: DemoLayout): string {
  const room = width - COST_WIDTH;
  const cost = `${Math.round(ms)} ms`.padStart(COST_WIDTH);
  return padText(cutText(text, room), room) + paint.dim(cost);
}

function shortPaths(text: string, { project }: DemoLayout): string {
  return oneLine(text).replaceAll(`${project}/`, '');
}
