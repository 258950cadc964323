import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchHome, benchHome, installHooks } from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import { SESSION } from '../sample-payload.ts';
import { baselines, type TimedVariant, timeVariants } from '../timed-variants.ts';

/**
 * What one drawing of the status line costs: the client draws it at each message, and every half
 * minute.
 */
export const statusLine: Benchmark = {
  name: 'status-line',
  title: 'What one status line costs',
  run,
};

const WINDOW = 200_000;

function run(bench: Bench): Promise<readonly Row[]> {
  const home = preparedHome(bench);
  const payload = writeInput(home);
  const environment = childEnvironment(home.environment);
  const goal = (atMost: number): Goal => ({ cell: 'CPU x Node', atMost });
  const variants: readonly TimedVariant[] = [
    ...baselines(home, payload),
    {
      what: 'status line',
      command: [process.execPath, `${bench.packageFolder}/dist/hooks/statusline.cjs`],
      environment,
      payload,
      goals: [goal(1.1)],
    },
    {
      what: 'status line as installed, with its launcher',
      command: [`${home.folder.bin}/statusline`],
      environment,
      payload,
      goals: [goal(1.2)],
    },
  ];
  requireDrawn(variants, payload);
  return timeVariants(bench, variants, (timer, variant) => timer.time(variant));
}

/**
 * A session with everything that the line shows: views, a checkpoint, entries that wait, and a
 * worker's pipe, which this process reads.
 */
function preparedHome(bench: Bench): BenchHome {
  const home = benchHome(bench);
  installHooks(bench, home);
  for (const folder of [
    home.folder.wake,
    `${home.folder.views}/context`,
    `${home.folder.views}/resume`,
  ])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const context = {
    format: 1,
    session: SESSION,
    tokens: 84_000,
    window: WINDOW,
    windowSource: 'status-line',
    percent: 42,
    model: 'claude-sonnet-4-5',
  };
  writeFileSync(`${home.folder.views}/context/${SESSION}.json`, JSON.stringify(context));
  const resume = {
    format: 1,
    session: SESSION,
    lastCheckpoint: { at: Date.now() - 90_000, kind: 'stop', operations: 37 },
    text: 'x'.repeat(1_750),
  };
  writeFileSync(`${home.folder.views}/resume/${SESSION}.json`, JSON.stringify(resume));
  writeFileSync(`${home.queue.pending}/5/5_1_1.a0.json`, '{}');
  const pipe = `${home.folder.wake}/bench`;
  execFileSync('mkfifo', [pipe]);
  const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  bench.onEnd(() => closeSync(fd));
  return home;
}

function writeInput(home: BenchHome): string {
  const usage = {
    input_tokens: 10,
    output_tokens: 200,
    cache_creation_input_tokens: 500,
    cache_read_input_tokens: 83_490,
  };
  const input = {
    session_id: SESSION,
    transcript_path: join(home.root, 'transcript.jsonl'),
    cwd: home.project,
    model: { id: 'claude-sonnet-4-5', display_name: 'Sonnet 4.5' },
    workspace: { current_dir: home.project, project_dir: home.project, added_dirs: [] },
    version: '2.1.197',
    output_style: { name: 'default' },
    cost: {
      total_cost_usd: 0.34,
      total_duration_ms: 60_000,
      total_api_duration_ms: 30_000,
      total_lines_added: 10,
      total_lines_removed: 2,
    },
    context_window: {
      total_input_tokens: 84_000,
      total_output_tokens: 200,
      context_window_size: WINDOW,
      current_usage: usage,
      used_percentage: 42,
      remaining_percentage: 58,
    },
    exceeds_200k_tokens: false,
  };
  const file = join(home.root, 'status-line.json');
  writeFileSync(file, `${JSON.stringify(input)}\n`);
  return file;
}

/** @throws unless both programs print the whole line. */
function requireDrawn(variants: readonly TimedVariant[], payload: string): void {
  for (const { what, command, environment } of variants.filter(
    (variant) => variant.goals.length > 0,
  )) {
    const [program = '', ...args] = command;
    const line = execFileSync(program, args, {
      env: { ...environment, NO_COLOR: '1' },
      input: readFileSync(payload),
      encoding: 'utf8',
    });
    if (!/^█{4}░{6} 42% · \$0\.34 · queue 1 · worker ● · saved \d+[sm] ago\n$/.test(line))
      throw new Error(`${what} printed ${JSON.stringify(line)}`);
  }
}
