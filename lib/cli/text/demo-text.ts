import { formatCount } from '../../core/units.ts';
import type { DemoCost, EventCost } from '../../actions/demo/measure-cost.ts';
import type { StoredPattern } from '../../query/failures.ts';
import type { SessionDetail } from '../../query/session-detail.ts';
import type { Status } from '../../query/status.ts';
import { oneLine } from '../../core/one-line.ts';
import { wrapText } from './display-width.ts';
import type { DemoLayout } from './demo-step-text.ts';
import { alignColumns } from './table.ts';

const INTRO =
  'This demo plays two recorded sessions of Claude Code, without calling the model. Hooks, gate, queue, worker and store are real. They run in a temporary folder that is deleted at the end. Nothing of yours changes.';

/** What the demo is, and what in it is real. */
export function formatDemoIntro({ width }: DemoLayout): readonly string[] {
  return wrapText(INTRO, width);
}

/** The line above a session. */
export function formatDemoSessionHead(
  number: number,
  { paint, width }: DemoLayout,
): readonly string[] {
  const title = number === 1 ? 'Session 1' : `Session ${number}, later`;
  return ['', paint.cyan(`── ${title} ${'─'.repeat(Math.max(0, width - title.length - 4))}`)];
}

/** What the worker has found out between the sessions. */
export function formatLearnedFix(
  { pattern }: StoredPattern,
  { paint, width }: DemoLayout,
  runnable: (text: string) => string,
): readonly string[] {
  const refuse = runnable('(To refuse such a call: `waymark failures set`.)');
  const text = `The worker learned: \`${oneLine(pattern.lastCommand)}\` fails here, \`${oneLine(pattern.fix?.text ?? '')}\` works. It warns Claude from now on. ${refuse}`;
  return ['', ...wrapText(text, width - 2).map((line) => `  ${paint.cyan(line)}`)];
}

/** What became of the warnings before calls. */
export function formatWarningOutcomes(
  sessions: readonly SessionDetail[],
  { paint }: DemoLayout,
): readonly string[] {
  const warnings = sessions.flatMap(({ told }) => told).filter(({ kind }) => kind === 'failure');
  if (warnings.length === 0) return [];
  const heeded = warnings.filter(({ outcome }) => outcome === 'heeded').length;
  return [
    `${mark(heeded === warnings.length, paint)} ${paint.bold('Warnings')}    ${formatCount(warnings.length)} given, ${formatCount(heeded)} heeded`,
  ];
}

/** What each kind of event costs beside an empty Node start. */
export function formatDemoCost(
  { nodeMs, events, rounds }: DemoCost,
  { paint, width }: DemoLayout,
): readonly string[] {
  const title = `What hooks cost here, compared with ${Math.round(nodeMs)} ms of \`node -e 0\` (medians of ${rounds} runs)`;
  const costOf = (isMeant: (cost: EventCost) => boolean): string[] => {
    const meant = events.filter(isMeant);
    const times = meant.reduce((sum, { timesNode }) => sum + timesNode, 0);
    const ms = meant.reduce((sum, { medianMs }) => sum + medianMs, 0);
    return [paint.bold(`${times.toFixed(2)} ×`), paint.dim(`${ms.toFixed(ms < 10 ? 1 : 0)} ms`)];
  };
  const rows = [
    ['  an ordinary call, before and after', ...costOf(({ call }) => call === 'quiet')],
    ['  a warning before a call', ...costOf(({ call }) => call === 'known')],
    ['  a prompt', ...costOf(({ event }) => event === 'UserPromptSubmit')],
  ];
  const columns = [{}, { right: true }, { right: true }];
  return ['', ...wrapText(title, width).map(paint.bold), ...alignColumns(rows, { columns, width })];
}

/** Whether the demo lost anything, and the lines that say so. */
export interface DemoVerdict {
  readonly isComplete: boolean;
  readonly lines: readonly string[];
}

/** Every captured event must be stored, and every counted call listed. */
export function checkDemo(
  { ledger, queue }: Status,
  sessions: readonly SessionDetail[],
  { paint }: DemoLayout,
): DemoVerdict {
  const sum = (of: (detail: SessionDetail) => number): number =>
    sessions.reduce((total, detail) => total + of(detail), 0);
  const counted = sum(({ session }) => session.operationCount);
  const allStored = ledger.captured > 0 && ledger.captured === ledger.stored && queue.dead === 0;
  const allListed = counted > 0 && counted === sum(({ counts }) => counts.counted);
  const failed = sum(({ counts }) => counts.failed);
  return {
    isComplete: allStored && allListed,
    lines: [
      `${mark(allStored, paint)} ${paint.bold('Ledger')}      ${formatCount(ledger.captured)} events captured = ${formatCount(ledger.stored)} stored`,
      `${mark(allListed, paint)} ${paint.bold('Operations')}  ${formatCount(counted)} counted by hooks = ${formatCount(sum(({ counts }) => counts.ok))} ok + ${formatCount(failed)} failed`,
    ],
  };
}

function mark(isGood: boolean, paint: DemoLayout['paint']): string {
  return isGood ? paint.green('✓') : paint.red('✗');
}
