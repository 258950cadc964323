import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchHome, benchHome, installHooks, startWorker } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { type DayCall, DaySession } from '../day-session.ts';
import { canWatchProcesses, type Used, watchProcesses } from '../process-figures.ts';

const SESSIONS = 10;
const EVERY_MS = 200;

/**
 * Calls of one part of the day, two turns of each session; the later part must not cost more per
 * call.
 */
const PART_CALLS = 400;
const PARTS = 2;

/** Of so many calls of a session one prompt and one stop are the frame. */
const TURN_CALLS = 20;

/** What a heavy user feels: many sessions at work, transcripts that grow, calls that fail. */
export const day: Benchmark = {
  name: 'day',
  title: 'What a worker takes on a day with ten sessions and five calls a second',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  if (!canWatchProcesses(bench)) return [];
  const home = benchHome(bench);
  installHooks(bench, home);
  makeRepository(home);
  const sessions = Array.from(
    { length: SESSIONS },
    (_, index) => new DaySession(home, `00000000-0000-4000-8000-00000000${1000 + index}`),
  );
  const worker = await startWorker(bench, home);
  for (const session of sessions) await session.start();
  const calls = bench.quick ? PART_CALLS / 6 : PART_CALLS;
  const rows: Row[] = [];
  let first: number | undefined;
  for (let part = 0; part < PARTS; part += 1) {
    bench.say(`part ${part + 1} of ${PARTS}`);
    const [used] = await watchProcesses([worker.pid], async () => {
      await work(sessions, part * calls, calls);
      await sleep(1_000);
    });
    if (used === undefined) throw new Error('The worker was not watched');
    const row = partRow(part, calls, used, first);
    first ??= row.cells['worker CPU ms per call'];
    rows.push(row);
  }
  await worker.end();
  return rows;
}

function partRow(
  part: number,
  calls: number,
  { cpuMs, after }: Used,
  first: number | undefined,
): Row {
  const perCall = cpuMs / calls;
  return {
    what: `calls ${part * calls + 1} to ${(part + 1) * calls}`,
    cells: {
      'worker CPU ms per call': perCall,
      'x first part': perCall / (first ?? perCall),
      'resident MB': after.residentMb,
      'private MB': after.privateMb,
    },
    goals: [
      { cell: 'worker CPU ms per call', atMost: 6 },
      { cell: 'resident MB', atMost: 90 },
    ],
  };
}

/** The real git: the worker asks it, and what it asks costs something. */
function makeRepository({ project, environment }: BenchHome): void {
  rmSync(`${project}/.git`, { recursive: true });
  execFileSync('git', ['init', '-q', '-b', 'main'], {
    cwd: project,
    env: { PATH: process.env['PATH'], HOME: environment['HOME'] },
  });
}

async function work(sessions: readonly DaySession[], from: number, count: number): Promise<void> {
  const running: Promise<void>[] = [];
  let due = performance.now();
  for (let n = from; n < from + count; n += 1) {
    const session = sessions[n % sessions.length];
    if (session !== undefined) running.push(oneCall(session, n));
    due += EVERY_MS;
    await sleep(Math.max(0, due - performance.now()));
  }
  await Promise.all(running);
}

async function oneCall(session: DaySession, n: number): Promise<void> {
  const turn = Math.floor(n / SESSIONS) % TURN_CALLS;
  if (turn === 0) await session.prompt(`Make part ${n} of the shop work and test it`);
  await session.call(callOf(n));
  if (turn === TURN_CALLS - 1) await session.stop();
}

const GOOD = [
  'npm test',
  'npm run build',
  'git status --short',
  'npx tsc -p tsconfig.json && npx biome check .',
  'git diff HEAD~1 -- src | head -50',
  'grep -rn "total" src | sort | uniq -c',
  'cd packages/api && npm run lint',
  'node --test test/total.test.js',
];

/**
 * One call in seven fails; the call after it in the same session is now and then what sets it
 * right.
 */
function callOf(n: number): DayCall {
  if (n % 7 === 3)
    return {
      tool: 'Bash',
      input: { command: `npm tset -- --part ${n % 90}`, description: 'Run the tests' },
      error: `Exit code 1\nUnknown command: "tset"\n\nDid you mean this?\n  npm test # part ${n % 90}`,
    };
  if (n % 5 === 1)
    return {
      tool: 'Edit',
      input: {
        file_path: `/project/src/part-${n % 40}.ts`,
        old_string: `a${n}`,
        new_string: `b${n}`,
        replace_all: false,
      },
    };
  if (n % 11 === 2) return { tool: 'Read', input: { file_path: `/project/src/part-${n % 40}.ts` } };
  const command =
    n % 13 === 0
      ? `npm test -- --part ${n % 90}`
      : `${GOOD[n % GOOD.length]}${n % 3 === 0 ? ` # ${n}` : ''}`;
  return { tool: 'Bash', input: { command, description: 'Work' } };
}
