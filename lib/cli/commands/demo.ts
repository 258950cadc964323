import { type DemoHome, makeDemoHome } from '../../actions/demo/demo-home.ts';
import { recordDemo, type RecordedDemo } from '../../actions/demo/record-demo.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import { wrapText } from '../text/display-width.ts';
import { type DemoLayout, formatDemoStep } from '../text/demo-step-text.ts';
import {
  formatDemoCost,
  checkDemo,
  formatWarningOutcomes,
  formatDemoIntro,
  formatLearnedFix,
  formatDemoSessionHead,
} from '../text/demo-text.ts';

interface DemoFlags {
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly speed: string;
}

const EXAMPLES = `
Examples:
  $ waymark demo                       two sessions, with real hooks and worker
  $ waymark demo --speed 5             with a fifth of the pauses
  $ waymark demo --keep                keep the folder to look at it
  $ waymark demo --json                the result as JSON`;

const NEXT = 'To record your own sessions: `waymark install`';

/** Beyond this, a line is hard to read. */
const WIDEST = 100;

/** `waymark demo`: two recorded sessions in a throw-away home. */
export const addDemo: AddCommand = (program, context) => {
  program
    .command('demo')
    .option('--keep', 'keep the folder of the demo')
    .option('--speed <times>', 'playback speed, 0.1 to 100 times', '1')
    .option('--json', 'print only the result, as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((flags: DemoFlags) => runDemo(context, flags));
};

async function runDemo(context: CommandContext, flags: DemoFlags): Promise<void> {
  const speed = readSpeed(flags.speed);
  const home = makeDemoHome(context.environment['PATH']);
  const interrupt = onInterrupt();
  const layout = {
    project: home.project,
    paint: context.paint,
    width: Math.min(context.width ?? PLAIN_COLUMNS, WIDEST),
  };
  try {
    const demo = await playDemo(context, home, layout, {
      speed,
      isQuiet: flags.json === true,
      signal: interrupt.signal,
    });
    printResult(demo, flags, layout, context);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    context.exitWith(CANCELLED);
  } finally {
    interrupt.forget();
    if (flags.keep === true)
      context.warn(
        `The demo is in ${home.root}. Look at it: WAYMARK_HOME=${home.folder.root} ${context.ownCommand()} status`,
      );
    else home.remove();
  }
}

interface Pace {
  readonly speed: number;
  /** Whether only the result is printed. */
  readonly isQuiet: boolean;
  readonly signal: AbortSignal;
}

/** Plays the demo and prints what happens. */
function playDemo(
  { print, clock, runnable }: CommandContext,
  home: DemoHome,
  layout: DemoLayout,
  { speed, isQuiet, signal }: Pace,
): Promise<RecordedDemo> {
  const say = (lines: readonly string[]): void => {
    if (!isQuiet) for (const line of lines) print(line);
  };
  say(formatDemoIntro(layout));
  return recordDemo({
    ...{ home, speed, clock, signal },
    onSession: (number) => say(formatDemoSessionHead(number, layout)),
    onStep: (step) => say(formatDemoStep(step, layout)),
    onLearned: (failure) => say(formatLearnedFix(failure, layout, runnable)),
  });
}

function printResult(
  { sessions, status, cost }: RecordedDemo,
  { json }: DemoFlags,
  layout: DemoLayout,
  { print, printJson, exitWith, runnable }: CommandContext,
): void {
  const { isComplete, lines } = checkDemo(status, sessions, layout);
  if (!isComplete) exitWith(1);
  if (json === true) printJson({ ok: isComplete, ledger: status.ledger, cost, sessions });
  else
    for (const line of [
      ...formatDemoCost(cost, layout),
      '',
      ...formatWarningOutcomes(sessions, layout),
      ...lines,
      '',
      ...wrapText(runnable(NEXT), layout.width),
    ])
      print(line);
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
