import { type DemoHome, makeDemoHome } from '../../actions/demo/demo-home.ts';
import { recordDemo } from '../../actions/demo/record-demo.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { SessionDetail } from '../../query/session-detail.ts';
import type { SessionStory } from '../../query/session-story.ts';
import type { Status } from '../../query/status.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { stepText } from '../text/step-text.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import type { Paint } from '../text/paint.ts';
import { sessionText } from '../text/session-text.ts';
import { formatCount } from '../../core/units.ts';

interface DemoFlags {
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly speed: string;
}

const EXAMPLES = `
Examples:
  $ waymark demo                       a recorded session, through real hooks, worker and store
  $ waymark demo --speed 5             in a fifth of the time
  $ waymark demo --keep                and leave the folder for a look around`;

/** `waymark demo`: a recorded session in a throw-away home. */
export const addDemo: AddCommand = (program, context) => {
  program
    .command('demo')
    .option('--keep', 'leave the folder of the demo')
    .option('--speed <times>', 'how many times as fast as it was recorded, 0.1 to 100', '1')
    .option('--json', 'print only the result, as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((flags: DemoFlags) => runDemo(context, flags));
};

async function runDemo(
  context: CommandContext,
  { keep, json, speed: given }: DemoFlags,
): Promise<void> {
  const speed = readSpeed(given);
  const { clock, paint } = context;
  const say = json === true ? () => undefined : context.print;
  const home = makeDemoHome(context.environment['PATH']);
  const interrupt = onInterrupt();
  try {
    const layout = { project: home.project, paint, width: context.width ?? 140 };
    const { detail, story, status } = await recordDemo({
      home,
      speed,
      clock,
      signal: interrupt.signal,
      onStart: (pid) => {
        say(
          `${paint.bold('A recorded session')} of Claude Code, hook by hook, as the worker (pid ${pid}) stores it. Costs include the start of Node.`,
        );
        say();
      },
      onStep: (step) => {
        for (const line of stepText(step, layout)) say(line);
      },
      onPlayed: () => say(),
    });
    const { isComplete, lines } = verdict(status, detail, paint);
    if (!isComplete) context.exitWith(1);
    if (json === true) context.printJson({ ok: isComplete, ledger: status.ledger, ...detail });
    else
      for (const line of [...sessionLines(story, home, context), '', ...lines]) context.print(line);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    context.exitWith(CANCELLED);
  } finally {
    interrupt.forget();
    if (keep === true)
      context.warn(
        `The demo's folder is ${home.root}; look around with WAYMARK_HOME=${home.folder.root} waymark status`,
      );
    else home.remove();
  }
}

function readSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed >= 0.1 && speed <= 100) return speed;
  throw new WaymarkError(
    'USAGE',
    `Cannot play ${text} times as fast: it must be a number from 0.1 to 100`,
    { remedy: 'See `waymark demo --help`.' },
  );
}

function sessionLines(
  story: SessionStory,
  { project }: DemoHome,
  { paint, clock, width }: CommandContext,
): readonly string[] {
  const options = { paint, now: clock(), all: true, width };
  return sessionText(story, options).map((line) => line.replaceAll(`${project}/`, ''));
}

/** Whether the demo lost anything, and the two lines that say so. */
interface Verdict {
  readonly isComplete: boolean;
  readonly lines: readonly string[];
}

/** Every captured event must be stored, and every counted operation listed. */
function verdict(
  { ledger, queue }: Status,
  { session, counts }: SessionDetail,
  paint: Paint,
): Verdict {
  const allStored = ledger.captured > 0 && ledger.captured === ledger.stored && queue.dead === 0;
  const allListed = session.operationCount > 0 && session.operationCount === counts.counted;
  const mark = (isGood: boolean): string => (isGood ? paint.green('✓') : paint.red('✗'));
  return {
    isComplete: allStored && allListed,
    lines: [
      `${mark(allStored)} ${paint.bold('Ledger')}      ${formatCount(ledger.captured)} events captured = ${formatCount(ledger.stored)} stored`,
      `${mark(allListed)} ${paint.bold('Operations')}  ${formatCount(session.operationCount)} counted by hooks = ${formatCount(counts.ok)} ok + ${formatCount(counts.failed)} failed${counts.rejected > 0 ? `; ${formatCount(counts.rejected)} rejected before they ran` : ''}`,
    ],
  };
}
