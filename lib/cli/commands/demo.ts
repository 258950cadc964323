import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../../core/errors.ts';
import { packageFolder } from '../../core/package-folder.ts';
import { makeDemoHome, type DemoHome } from '../demo/demo-home.ts';
import { startDemoWorker } from '../demo/demo-worker.ts';
import { play, type Step } from '../demo/play.ts';
import { loadRecording } from '../demo/recording.ts';
import { stepText } from '../demo/step-text.ts';
import { verdict } from '../demo/verdict.ts';
import { readSessionDetail, type SessionDetail } from '../../query/session-detail.ts';
import { readStatus, type Status } from '../../query/status.ts';
import { askStore } from '../../query/store-view.ts';
import { sessionText } from '../text/session-text.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

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

/** Lines of transcripts come a moment after their hooks. */
const SETTLE_MS = 15_000;
const MOST_LINES = 40;

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
  const place = packageFolder();
  const program = `${place}/dist/waymark.js`;
  if (!existsSync(program))
    throw new WaymarkError('WORKER_ABSENT', `Cannot play the demo: ${program} is missing`, {
      remedy: 'Run `npm run build` in the package first.',
    });
  const say = json === true ? () => undefined : context.print;
  const home = makeDemoHome(context.environment['PATH']);
  const interrupt = onInterrupt();
  try {
    const { detail, status } = await record({
      home,
      place,
      program,
      context,
      say,
      speed,
      signal: interrupt.signal,
    });
    const { isComplete, lines } = verdict(status, detail, context.paint);
    if (!isComplete) context.exitWith(1);
    if (json === true) context.printJson({ ok: isComplete, ledger: status.ledger, ...detail });
    else
      for (const line of [...sessionLines(detail, home, context), '', ...lines])
        context.print(line);
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

interface RecordParts {
  readonly home: DemoHome;
  /** The package's folder, and its `dist/waymark.js`. */
  readonly place: string;
  readonly program: string;
  readonly context: CommandContext;
  readonly say: (line?: string) => void;
  readonly speed: number;
  readonly signal: AbortSignal;
}

async function record({
  home,
  place,
  program,
  context,
  say,
  speed,
  signal,
}: RecordParts): Promise<{ readonly detail: SessionDetail; readonly status: Status }> {
  const { clock, paint } = context;
  const fillings = {
    PROJECT: home.project,
    SESSION: home.session,
    TRANSCRIPT: home.transcript,
    TRANSCRIPTS: `${home.root}/transcripts`,
  };
  const layout = { project: home.project, paint, width: context.width ?? 140 };
  const showStep = (step: Step): void => {
    for (const line of stepText(step, layout)) say(line);
  };
  const recording = loadRecording(`${place}/templates`, fillings);
  const worker = await startDemoWorker(program, home);
  try {
    say(
      `${paint.bold('A recorded session')} of Claude Code, hook by hook, as the worker (pid ${worker.pid}) stores it. Costs include the start of Node.`,
    );
    say();
    await play({
      home,
      recording,
      hooks: `${place}/dist/hooks`,
      speed,
      clock,
      signal,
      onStep: showStep,
    });
    say();
    await untilSettled(home, clock, signal);
  } finally {
    await worker.stop();
  }
  const detail = await detailOf(home);
  if (detail === undefined)
    throw new WaymarkError(
      'STORE_UNAVAILABLE',
      'Cannot find the session of the demo: nothing was stored',
    );
  return {
    detail,
    status: await readStatus({ folder: home.folder, clock, sleep: (ms) => sleep(ms) }),
  };
}

/** Until the transcripts were read to their end and every call that hooks counted is listed, or the patience ends. */
async function untilSettled(
  home: DemoHome,
  clock: () => number,
  signal: AbortSignal,
): Promise<void> {
  const end = clock() + SETTLE_MS;
  while (clock() < end) {
    const detail = await detailOf(home);
    if (
      detail !== undefined &&
      detail.session.transcriptState === 'read' &&
      detail.counts.counted === detail.session.operationCount &&
      detail.counts.running === 0
    )
      return;
    await sleep(100, undefined, { signal });
  }
}

async function detailOf({ folder, session }: DemoHome): Promise<SessionDetail | undefined> {
  return askStore(folder, undefined, (database) => readSessionDetail(database, folder, session));
}

function sessionLines(
  detail: SessionDetail,
  { project }: DemoHome,
  { paint, clock, width }: CommandContext,
): readonly string[] {
  const options = { paint, now: clock(), most: MOST_LINES, width };
  return sessionText(detail, options).map((line) => line.replaceAll(`${project}/`, ''));
}
