import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { queueDepth } from '../../../lib/queue/depth.ts';
import { PRIORITIES } from '../../../lib/queue/queue-folder.ts';
import { type BenchHome, benchHome, installHooks } from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import type { ProcessTimer, TimedRun } from '../process-timer.ts';
import { SESSION, writePayload } from '../sample-payload.ts';
import { baselines, drainBaseline, type TimedVariant, timeVariants } from '../timed-variants.ts';

const SMALL = 4_096;
const LARGE = 1_048_576;

/** What a call is to leave behind. */
type Outcome = 'counted' | 'enqueued';

interface Variant extends TimedVariant {
  readonly outcome: Outcome;
  readonly home: BenchHome;
}

/**
 * What one hook call costs, beside the least that any process costs and beside the least that any
 * Node script costs.
 */
export const hooks: Benchmark = { name: 'hooks', title: 'What one hook call costs', run };

function run(bench: Bench): Promise<readonly Row[]> {
  const home = benchHome(bench);
  const payload = writePayload(home, SMALL);
  const variants = [
    ...baselines(home, payload),
    drainBaseline(home, payload),
    ...hookVariants(bench, SMALL),
    ...hookVariants(bench, LARGE),
  ];
  return timeVariants(bench, variants, runOnce);
}

/** How a hook is started: by its launcher, as its launcher starts it, or as the file that it is. */
type Start = 'launcher' | 'compiled' | 'file';

/** A hook in all forms, throttled and enqueueing, with a payload of `bytes`. */
function hookVariants(bench: Bench, bytes: number): readonly Variant[] {
  const size = bytes === SMALL ? '4 KB' : '1 MB';
  const isSmall = bytes === SMALL;
  const ofNode = (atMost: number): Goal => ({ cell: 'CPU x Node', atMost });
  const ofDrain: Goal = { cell: 'CPU x drain', atMost: 1.15 };
  const make = (what: string, outcome: Outcome, start: Start, goals: readonly Goal[]): Variant => {
    const home = preparedHome(bench);
    const own = {
      ...home.environment,
      WAYMARK_AUTOSTART: '0',
      CLAUDE_PROJECT_DIR: home.project,
      CLAUDE_CODE_SESSION_ID: SESSION,
    };
    const { bin } = home.folder;
    const hook = `${bench.packageFolder}/dist/hooks/post-tool-use.cjs`;
    const command: Readonly<Record<Start, readonly [string, ...string[]]>> = {
      launcher: [`${bin}/post-tool-use`],
      compiled: [process.execPath, `${bin}/start-hook.cjs`, hook],
      file: [process.execPath, hook],
    };
    return {
      what: `${what}, ${size}`,
      outcome,
      home,
      command: command[start],
      environment: childEnvironment(own),
      payload: writePayload(home, bytes),
      goals,
    };
  };
  const large = [ofNode(1.5)];
  return [
    make('installed hook, throttled', 'counted', 'launcher', isSmall ? [ofDrain] : []),
    make('installed hook, enqueueing', 'enqueued', 'launcher', isSmall ? [ofNode(1.22)] : large),
    make('Node hook alone, throttled', 'counted', 'compiled', isSmall ? [ofNode(1.12)] : large),
    make('Node hook alone, enqueueing', 'enqueued', 'compiled', isSmall ? [ofNode(1.18)] : large),
    make('Node hook compiled at each start, enqueueing', 'enqueued', 'file', []),
  ];
}

/**
 * A home with installed hooks, a session in the middle of its interval, and a pipe that somebody
 * reads: this process.
 */
function preparedHome(bench: Bench): BenchHome {
  const home = benchHome(bench);
  installHooks(bench, home);
  const own = {
    ...home.environment,
    WAYMARK_AUTOSTART: '0',
    CLAUDE_PROJECT_DIR: home.project,
    WAYMARK_CHECKPOINT_INTERVAL: '86400',
  };
  execFileSync(process.execPath, [`${bench.packageFolder}/dist/hooks/post-tool-use.cjs`], {
    env: childEnvironment(own),
    input: JSON.stringify({
      session_id: SESSION,
      cwd: home.project,
      hook_event_name: 'PostToolUse',
      tool_name: 'Write',
      tool_input: {},
      tool_use_id: 'first',
    }),
  });
  removeEntries(home);
  mkdirSync(home.folder.wake, { mode: 0o700 });
  const pipe = `${home.folder.wake}/bench`;
  execFileSync('mkfifo', [pipe]);
  pipes.set(home, openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
  bench.onEnd(() => closePipe(home));
  return home;
}

const pipes = new Map<BenchHome, number>();

function closePipe(home: BenchHome): void {
  const fd = pipes.get(home);
  if (fd !== undefined) closeSync(fd);
  pipes.delete(home);
}

/** Times one call and looks that it did what it is measured for. */
async function runOnce(timer: ProcessTimer, variant: Variant | TimedVariant): Promise<TimedRun> {
  if (!('outcome' in variant)) return timer.time(variant);
  const { home, outcome } = variant;
  const session = `${home.folder.throttle}/${SESSION}`;
  const past = Date.now() / 1000 - 5;
  if (outcome === 'enqueued') utimesSync(`${session}/due`, past, past); // the interval is over
  const opsBefore = statSync(`${session}/ops`).size;
  const measured = await timer.time(variant);
  const { pending } = queueDepth(home.queue);
  const seen = {
    counted: statSync(`${session}/ops`).size - opsBefore,
    pending,
    isRung: wasRung(home),
    drafts: readdirSync(home.queue.tmp).length,
  };
  const entries = outcome === 'enqueued' ? 1 : 0;
  if (
    seen.counted !== 1 ||
    seen.pending !== entries ||
    seen.isRung !== (entries === 1) ||
    seen.drafts !== 0
  ) {
    throw new Error(`${variant.what} did not do its work: ${JSON.stringify(seen)}`);
  }
  removeEntries(home);
  return measured;
}

function wasRung(home: BenchHome): boolean {
  const fd = pipes.get(home);
  if (fd === undefined) return false;
  try {
    return readSync(fd, new Uint8Array(64)) > 0;
  } catch {
    return false; // EAGAIN: an empty pipe
  }
}

function removeEntries(home: BenchHome): void {
  for (const priority of PRIORITIES) {
    const folder = `${home.queue.pending}/${priority}`;
    for (const file of readdirSync(folder)) unlinkSync(`${folder}/${file}`);
  }
}
