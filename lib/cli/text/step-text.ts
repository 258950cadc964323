import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import type { Paint } from './paint.ts';
import { callSummary, eventSummary } from '../../query/event-summary.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatTime } from '../../core/units.ts';
import type { Step } from '../../actions/demo/play.ts';

/** Columns of the hook's name. */
const HOOK_WIDTH = 18;

/** Columns of all but what was recorded: time, hook, cost, and how long the store took. */
const REST_WIDTH = 56;

export interface StepTextOptions {
  /** The folder that is left out of paths. */
  readonly project: string;
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
}

/** One line of the timeline: time, hook, what was recorded, what it cost; a line more for each further event. */
export function stepText(
  step: Step,
  { project, paint, width }: StepTextOptions,
): readonly string[] {
  const room = Math.max(24, Math.min(76, width - REST_WIDTH));
  const { payload, run, events, missing } = step;
  const [first, ...rest] = events.map((event) => ({
    type: stringField(event, 'event_type') ?? '',
    about: short(eventSummary(objectField(event, 'payload')), project),
  }));
  const time = paint.dim(formatTime(step.at, step.at));
  const hook = payload.event.padEnd(HOOK_WIDTH);
  const cost = `${String(Math.round(run.ms)).padStart(4)} ms`;
  const stored =
    first === undefined ? '' : paint.dim(` stored +${Math.max(0, Math.round(step.storedMs))} ms`);
  const what =
    first === undefined
      ? paint.dim(padTo(quietText(payload.input, project), room))
      : coloured(first.type, padTo(`${first.type} ${first.about}`, room), paint);
  const lines = [`${time}  ${hook} ${what} ${cost}${stored}`];
  const indent = ' '.repeat(10 + HOOK_WIDTH + 1);
  for (const { type, about } of rest)
    lines.push(`${indent}${coloured(type, padTo(`${type} ${about}`, room), paint).trimEnd()}`);
  if (missing > 0) lines.push(`${indent}${paint.red(`${missing} events are not in the store`)}`);
  if (run.status !== 0)
    lines.push(
      `${indent}${paint.red(run.problem ?? `the hook ended with status ${run.status ?? 'none'}`)}`,
    );
  return lines;
}

/** A call without a checkpoint of its own. The hook counted it; the transcript has the rest. */
function quietText(input: JsonObject, project: string): string {
  const call = callSummary(input);
  return call === undefined ? 'nothing to record' : `counted: ${short(call, project)}`;
}

function coloured(type: string, text: string, paint: Paint): string {
  const colour =
    type === 'checkpoint.created'
      ? paint.green
      : type.endsWith('.failed')
        ? paint.red
        : type.startsWith('session.')
          ? paint.blue
          : paint.cyan;
  return `${colour(text.slice(0, type.length))}${text.slice(type.length)}`;
}

function short(text: string, project: string): string {
  return oneLine(text).replaceAll(`${project}/`, '');
}

/** Exactly as wide as its column. */
function padTo(text: string, width: number): string {
  const letters = [...oneLine(text)];
  return letters.length > width
    ? `${letters.slice(0, width - 1).join('')}…`
    : letters.join('') + ' '.repeat(width - letters.length);
}
