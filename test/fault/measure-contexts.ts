import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sealEvent } from '../../lib/events/envelope.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import { parseJsonObject } from '../../lib/core/json.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { enqueue } from '../../lib/queue/enqueue.ts';
import { queueFolder } from '../../lib/queue/queue-folder.ts';
import { ringAll } from '../../lib/queue/wakeup/ring.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { eventually } from '../support/eventually.ts';

// What watching the contexts of ten active sessions costs, and how long a transcript line takes to
// the view: `npx tsx test/fault/measure-contexts.ts` after `npm run build`. Prints JSON. A
// measurement, not a test: other work on the machine shows in the figures.

const SESSIONS = Array.from({ length: 10 }, (_, index) => `session-${index}`);
const SECONDS = Number(process.env['SECONDS'] ?? 60);

const root = mkdtempSync(`${tmpdir()}/waymark-measure-`);
const folder = stateFolderAt(root, {}, [root]);
const program =
  process.env['PROGRAM'] ?? fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
const environment = {
  PATH: process.env['PATH'],
  HOME: root,
  WAYMARK_HOME: root,
  XDG_RUNTIME_DIR: root,
};
const node = program.endsWith('.ts') ? ['--import', 'tsx', program] : [program];
const nextStamp = stampSource(Date.now);
let serial = 0;

const worker = spawn(process.execPath, [...node, 'worker', '--background'], {
  env: environment,
  stdio: 'ignore',
});
try {
  await eventually('the worker is there', () =>
    readHeartbeats(folder.heartbeat).some(({ leader }) => leader),
  );
  for (const session of SESSIONS) {
    mkdirSync(projectOf(session), { recursive: true });
    for (let n = 0; n < 50; n += 1) mkdirSync(`${projectOf(session)}/d${n}`);
    event(session, 'session.started');
    writeFileSync(transcriptOf(session), '');
    event(session, 'session.prompt_submitted');
  }
  await sleep(5_000);
  for (const session of SESSIONS) answer(session, 10_000);
  await sleep(45_000); // what follows an event is over
  const quiet = await cost(() => undefined);
  const growing = await cost((second) => {
    if (second % 5 === 0) for (const session of SESSIONS) answer(session, 20_000 + second);
  });
  const afterEvent = await latencies(8, (session) => event(session, 'checkpoint.created'), 1_000);
  const burst = await latencies(3, touchFiles, 6_000);
  const load = loadavg().map((n) => Math.round(n * 100) / 100);
  console.log(
    JSON.stringify(
      {
        node: process.version,
        load,
        sessions: SESSIONS.length,
        quiet,
        growing,
        lineToViewMs: { afterEvent, burst },
      },
      null,
      2,
    ),
  );
} finally {
  await ended(worker);
  rmSync(root, { recursive: true, force: true });
}

async function cost(each: (second: number) => void): Promise<unknown> {
  const before = usage();
  for (let second = 0; second < SECONDS; second += 1) {
    each(second);
    await sleep(1_000);
  }
  const after = usage();
  const cpuMs = after.cpuMs - before.cpuMs;
  return {
    seconds: SECONDS,
    cpuMs: Math.round(cpuMs * 10) / 10,
    percentOfACore: Math.round((cpuMs / SECONDS) * 100) / 1_000,
    ticks: after.ticks - before.ticks,
    wakeUps: after.switches - before.switches,
  };
}

/**
 * CPU of all threads by the scheduler's own nanoseconds, by ticks, and how often the main thread
 * gave the processor up.
 */
function usage(): { readonly cpuMs: number; readonly ticks: number; readonly switches: number } {
  const pid = worker.pid ?? 0;
  let cpuMs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    cpuMs +=
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  const [user = 0, system = 0] =
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ')
      .slice(11, 13)
      .map(Number) ?? [];
  const switches = Number(
    /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
  );
  return { cpuMs, ticks: user + system, switches };
}

/**
 * Milliseconds from a line in the transcript to its figure in the view, when `nudge` follows the
 * line.
 */
async function latencies(
  count: number,
  nudge: (session: string) => void,
  pauseMs: number,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const session = SESSIONS[n % SESSIONS.length] ?? '';
    await sleep(pauseMs);
    const tokens = 50_000 + serial; // never shown before
    const began = performance.now();
    answer(session, tokens);
    nudge(session);
    while (shown(session) !== tokens && performance.now() - began < 40_000) await sleep(2);
    found.push(Math.round(performance.now() - began));
  }
  return found.sort((one, other) => one - other);
}

function touchFiles(session: string): void {
  for (let n = 0; n < 25; n += 1) appendFileSync(`${projectOf(session)}/d1/file${n}`, 'x');
}

function shown(session: string): unknown {
  const path = `${folder.views}/context/${session}.json`;
  return existsSync(path) ? parseJsonObject(readFileSync(path, 'utf8'))?.['tokens'] : undefined;
}

function answer(session: string, tokens: number): void {
  serial += 1;
  const timestamp = new Date().toISOString();
  const id = `toolu_${serial}`;
  const usageOf = { input_tokens: 100, cache_read_input_tokens: tokens - 100 };
  const content = [
    { type: 'tool_use', id, name: 'Bash', input: { command: `make step-${serial}` } },
  ];
  const said = {
    type: 'assistant',
    timestamp,
    message: { id: `msg_${serial}`, model: 'claude-sonnet-4-5', content, usage: usageOf },
  };
  const result = {
    type: 'user',
    timestamp,
    message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'x'.repeat(4_000) }] },
  };
  appendFileSync(transcriptOf(session), `${JSON.stringify(said)}\n${JSON.stringify(result)}\n`);
}

function event(session: string, type: string): void {
  const stamp = nextStamp();
  const payload = {
    session_id: session,
    project: projectOf(session),
    cwd: projectOf(session),
    transcript_path: transcriptOf(session),
    kind: 'auto',
  };
  const sealed = sealEvent({ type, priority: 5, payload }, stamp, 'hook/measure');
  enqueue(queueFolder(folder.queue), sealed, stamp, 5, {
    durability: 'none',
    queueCap: 200_000,
    entryCap: 65_536,
  });
  ringAll(folder.wake);
}

function projectOf(session: string): string {
  return `${root}/projects/${session}`;
}

function transcriptOf(session: string): string {
  return `${root}/${session}.jsonl`;
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.kill('SIGTERM')) await gone;
}
