import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readdirSync, readSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { queueDepth } from '../../../lib/queue/depth.ts';
import { PRIORITIES } from '../../../lib/queue/queue-folder.ts';
import { type BenchHome, benchHome, installHooks } from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import { openProcessTimer, type ProcessTimer, type TimedProgram, type TimedRun } from '../process-timer.ts';
import { SESSION, writePayload } from '../sample-payload.ts';
import { median, quantile, shuffled } from '../statistics.ts';

const SMALL = 4_096;
const LARGE = 1_048_576;

const FORK = 'fork of the timer alone';
const TRUE = '/bin/true';
const NODE = 'empty Node script';

/** What a call is to leave behind. */
type Outcome = 'nothing' | 'counted' | 'enqueued';

interface Variant extends TimedProgram {
  readonly what: string;
  readonly outcome: Outcome;
  readonly home: BenchHome;
  readonly goals: readonly Goal[];
}

/** What one hook call costs, beside the least that any process costs and beside the least that any Node script costs. */
export const hooks: Benchmark = { name: 'hooks', title: 'What one hook call costs', run };

async function run(bench: Bench): Promise<readonly Row[]> {
  const variants = [...baselines(bench), ...hookVariants(bench, SMALL), ...hookVariants(bench, LARGE)];
  const timer = openProcessTimer();
  bench.onEnd(() => timer.close());
  const rounds = bench.quick ? 9 : 41;
  const runs = new Map<Variant, TimedRun[]>(variants.map((variant) => [variant, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const variant of shuffled(variants, bench.random)) {
      const measured = await runOnce(timer, variant);
      if (round >= 0) runs.get(variant)?.push(measured); // the first round fills the caches of the file system
    }
  }
  return rowsOf(runs);
}

function baselines(bench: Bench): readonly Variant[] {
  const home = benchHome(bench);
  const [empty, sh] = [join(home.root, 'empty.cjs'), join(home.root, 'true.sh')];
  writeFileSync(empty, '');
  writeFileSync(sh, '#!/bin/sh\ntrue\n', { mode: 0o755 });
  const common = { environment: childEnvironment(home.environment), payload: writePayload(home, SMALL), outcome: 'nothing', home, goals: [] } as const;
  return [
    { ...common, what: FORK, command: [] },
    { ...common, what: TRUE, command: ['/bin/true'] },
    { ...common, what: 'sh script that says true', command: [sh] },
    { ...common, what: NODE, command: [process.execPath, empty] },
  ];
}

/** The Node hook alone and the installed launcher, throttled and enqueueing, with a payload of `bytes`. */
function hookVariants(bench: Bench, bytes: number): readonly Variant[] {
  const size = bytes === SMALL ? '4 KB' : '1 MB';
  const isSmall = bytes === SMALL;
  const ofNode = (atMost: number): Goal => ({ cell: 'CPU x Node', atMost });
  const ofTrue: Goal = { cell: 'CPU x true', atMost: 3.2 };
  const make = (what: string, outcome: Outcome, isLauncher: boolean, goals: readonly Goal[]): Variant => {
    const home = preparedHome(bench);
    const own = { ...home.environment, WAYMARK_AUTOSTART: '0', CLAUDE_PROJECT_DIR: home.project, CLAUDE_CODE_SESSION_ID: SESSION };
    const command = isLauncher
      ? ([`${home.folder.bin}/post-tool-use`] as const)
      : ([process.execPath, `${bench.packageFolder}/dist/hooks/post-tool-use.cjs`] as const);
    return { what: `${what}, ${size}`, outcome, home, command, environment: childEnvironment(own), payload: writePayload(home, bytes), goals };
  };
  return [
    make('installed hook, throttled', 'counted', true, isSmall ? [ofNode(0.07), ofTrue] : [ofNode(0.08)]),
    make('installed hook, enqueueing', 'enqueued', true, [ofNode(isSmall ? 1.18 : 1.5)]),
    make('Node hook alone, throttled', 'counted', false, [ofNode(isSmall ? 1.06 : 1.5)]),
    make('Node hook alone, enqueueing', 'enqueued', false, [ofNode(isSmall ? 1.12 : 1.5)]),
  ];
}

/** A home with installed hooks, a session in the middle of its interval, and a pipe that somebody reads: this process. */
function preparedHome(bench: Bench): BenchHome {
  const home = benchHome(bench);
  installHooks(bench, home);
  const own = { ...home.environment, WAYMARK_AUTOSTART: '0', CLAUDE_PROJECT_DIR: home.project, WAYMARK_CHECKPOINT_INTERVAL: '86400' };
  execFileSync(process.execPath, [`${bench.packageFolder}/dist/hooks/post-tool-use.cjs`], {
    env: childEnvironment(own),
    input: JSON.stringify({ session_id: SESSION, cwd: home.project, hook_event_name: 'PostToolUse', tool_name: 'Write', tool_input: {}, tool_use_id: 'first' }),
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
async function runOnce(timer: ProcessTimer, variant: Variant): Promise<TimedRun> {
  const { home, outcome } = variant;
  const session = `${home.folder.throttle}/${SESSION}`;
  const past = Date.now() / 1000 - 5;
  if (outcome === 'enqueued') utimesSync(`${session}/due`, past, past); // the interval is over
  const opsBefore = outcome === 'nothing' ? 0 : statSync(`${session}/ops`).size;
  const measured = await timer.time(variant);
  if (outcome === 'nothing') return measured;
  const { pending } = queueDepth(home.queue);
  const seen = { counted: statSync(`${session}/ops`).size - opsBefore, pending, isRung: wasRung(home), drafts: readdirSync(home.queue.tmp).length };
  const entries = outcome === 'enqueued' ? 1 : 0;
  if (seen.counted !== 1 || seen.pending !== entries || seen.isRung !== (entries === 1) || seen.drafts !== 0) {
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

/** The fork of the timer is no part of what is measured: it is taken off every figure. */
function rowsOf(runs: ReadonlyMap<Variant, readonly TimedRun[]>): readonly Row[] {
  const raw = [...runs].map(([variant, measured]) => {
    const walls = measured.map(({ wallMs }) => wallMs);
    return { variant, wall: median(walls), p10: quantile(walls, 0.1), cpu: median(measured.map(({ cpuMs }) => cpuMs)) };
  });
  const fork = raw.find(({ variant }) => variant.what === FORK);
  if (fork === undefined) return [];
  const net = raw
    .filter((figures) => figures !== fork)
    .map(({ variant, wall, p10, cpu }) => ({ variant, wall: wall - fork.wall, p10: p10 - fork.p10, cpu: cpu - fork.cpu }));
  const [node, least] = [NODE, TRUE].map((what) => net.find(({ variant }) => variant.what === what));
  if (node === undefined || least === undefined) return [];
  const rows = net.map(({ variant, wall, p10, cpu }) => ({
    what: variant.what,
    cells: {
      'wall ms': wall,
      'wall p10 ms': p10,
      'CPU ms': cpu,
      'wall x Node': wall / node.wall,
      'p10 x Node': p10 / node.p10,
      'CPU x Node': cpu / node.cpu,
      'p10 x true': p10 / least.p10,
      'CPU x true': cpu / least.cpu,
    },
    goals: variant.goals,
  }));
  return [...rows, { what: `${FORK} (taken off)`, cells: { 'wall ms': fork.wall, 'wall p10 ms': fork.p10, 'CPU ms': fork.cpu } }];
}
