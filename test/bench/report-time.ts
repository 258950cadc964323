import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { stateFolderAt, type StateFolder } from '../../lib/core/state-folder.ts';
import { REPORT_NAMES } from '../../lib/query/reports/report-names.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import type { Database } from '../../lib/store/database.ts';
import { seededRandom } from '../support/seeded-random.ts';

/**
 * What each report takes over a made-up quarter, in a process of its own with the built package:
 * `npm run build && npx tsx test/bench/report-time.ts [EVENTS] [ROUNDS]`. Processor time, time by
 * the clock, and the most memory at once; the reports cover all of it (`--since 95d`), and their
 * usual time.
 */
const EVENTS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 3);

const DAY = 86_400_000;
const DAYS = 90;
const TOOLS = ['Bash', 'Edit', 'Read', 'Write', 'Grep', 'Agent'];
const MODELS = ['claude-opus-4-8', 'claude-sonnet-4-5', 'claude-haiku-4-5'];
const TYPES = ['checkpoint.created', 'session.prompt_submitted', 'task.failed', 'worker.started'];

/** Calls of a session; a session for each forty events. */
const EVENTS_OF_SESSION = 40;
const CALLS_OF_SESSION = 30;
const ANSWERS_OF_SESSION = 12;

const INSERTS = {
  event:
    'INSERT INTO events (id, type, at, source, session_id, envelope, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  session:
    'INSERT INTO sessions (id, project, started_at, first_event_at, last_event_at) VALUES (?, ?, ?, ?, ?)',
  call: `INSERT INTO operations (tool_use_id, hook_session, hook_tool, hook_target, hook_outcome,
    hook_at, at, transcript_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  answer: `INSERT INTO usage (message_id, request_id, claimed_since, session_id, at, model, input,
    output, cache_read, cache_write_5m) VALUES (?, 'r', 1, ?, ?, ?, 10, 900, 60000, 2000)`,
  run: `INSERT INTO agent_runs (tool_use_id, session_id, agent_type, model, kind, at, outcome, tokens,
    duration_ms) VALUES (?, ?, 'Explore', 'claude-haiku-4-5', 'search', ?, ?, 20000, 60000)`,
  message:
    "INSERT INTO messages (session_id, id, role, at, text, length) VALUES (?, ?, 'prompt', ?, 'go on', 5)",
  sample: 'INSERT OR IGNORE INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?)',
} as const;

function fill(database: Database, now: number): void {
  const random = seededRandom(7);
  const below = (most: number): number => Math.floor(random() * most);
  const pick = (words: readonly string[]): string => words[below(words.length)] ?? '';
  const run = (name: keyof typeof INSERTS, ...values: ReadonlyArray<string | number>): void =>
    void database.prepare(INSERTS[name]).run(...values);
  const sessions = Math.ceil(EVENTS / EVENTS_OF_SESSION);
  for (let nth = 0; nth < sessions; nth += 1) {
    const id = `${nth.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const begin = now - below(DAYS * DAY);
    const at = (): number => Math.min(now - 1, begin + below(4 * 3_600_000));
    run(
      'session',
      id,
      `/home/dev/project-${below(30)}`,
      begin,
      begin,
      Math.min(now, begin + 4 * 3_600_000),
    );
    for (let event = 0; event < EVENTS_OF_SESSION; event += 1) {
      const isRisk = random() < 0.01;
      const time = at();
      const payload = isRisk
        ? { rule: `rule-${below(40)}`, severity: 'high', message: 'A command does something' }
        : { session_id: id, text: 'x'.repeat(600) };
      run(
        'event',
        ...[`evt_${nth}_${event}`, isRisk ? 'security.risky_command' : pick(TYPES), time, 'hook'],
        ...[id, JSON.stringify({ event_id: `evt_${nth}_${event}`, payload }), time],
      );
    }
    for (let call = 0; call < CALLS_OF_SESSION; call += 1) {
      const time = at();
      const end = time + below(20_000);
      const key = `${below(2 ** 32).toString(36)}${nth}_${call}`;
      run(
        'call',
        ...[`toolu_${key}`, id, pick(TOOLS), `npm run task-${below(50)}`],
        ...[random() < 0.1 ? 'failed' : 'ok', end, time, end],
      );
    }
    for (let answer = 0; answer < ANSWERS_OF_SESSION; answer += 1)
      run('answer', `msg_${below(2 ** 32).toString(36)}_${nth}_${answer}`, id, at(), pick(MODELS));
    for (let prompt = 0; prompt < 4; prompt += 1) run('message', id, `p${prompt}`, at());
    run('run', `run_${nth}`, id, at(), random() < 0.8 ? 'ok' : 'failed');
  }
  for (let minute = 0; minute < DAYS * 8 * 60; minute += 1)
    for (const name of ['processed', 'failed', 'cpu_ms', 'latency_p50_ms', 'latency_p95_ms'])
      run(
        'sample',
        now - Math.floor(minute / 480) * DAY - (minute % 480) * 60_000,
        'w',
        name,
        minute,
      );
}

interface Took {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMb: number;
}

/** Says at its end what a process took, on standard error. */
const AT_EXIT = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('node:fs').writeSync(2, JSON.stringify([(userCPUTime + systemCPUTime) / 1000, maxRSS / 1024]));
});`;

function timed(folder: StateFolder, preload: string, args: readonly string[]): Took {
  const program = fileURLToPath(new URL('../../dist/waymark.cjs', import.meta.url));
  const env = { ...process.env, WAYMARK_HOME: folder.root, WAYMARK_AUTOSTART: 'false' };
  const begun = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['-r', preload, program, ...args], {
    ...{ env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  });
  const wallMs = performance.now() - begun;
  const [cpuMs, peakMb] = /\[([\d.]+),([\d.]+)\]$/.exec(stderr)?.slice(1).map(Number) ?? [];
  if (status !== 0 || cpuMs === undefined || peakMb === undefined) throw new Error(stderr);
  return { cpuMs, wallMs, peakMb };
}

function main(): void {
  const root = mkdtempSync(`${tmpdir()}/waymark-report-`);
  try {
    const folder = stateFolderAt(root);
    const store = openStore(folder.store, sqliteDriver(), 'NORMAL');
    store.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -64000');
    for (const trigger of ['operation_is_new', 'call_is_new'])
      store.exec(`DROP TRIGGER ${trigger}`);
    inTransaction(store, () => fill(store, Date.now()));
    store.close();
    const size = Math.round(statSync(folder.store).size / 1e6);
    console.log(`${EVENTS} events, ${size} MB; the least of ${ROUNDS} runs`);
    const preload = `${root}/at-exit.cjs`;
    writeFileSync(preload, AT_EXIT);
    for (const name of REPORT_NAMES)
      for (const more of [[`--since=${DAYS + 5}d`], []]) {
        const runs = Array.from({ length: ROUNDS }, () =>
          timed(folder, preload, ['report', name, '--format=html', ...more]),
        );
        const least = (of: (run: Took) => number): number => Math.round(Math.min(...runs.map(of)));
        const what = `${name}${more.length === 0 ? '' : ', all'}`;
        console.log(
          `${what.padEnd(18)} CPU ${least((run) => run.cpuMs)} ms, wall ${least((run) => run.wallMs)} ms, ${least((run) => run.peakMb)} MB`,
        );
      }
  } finally {
    rmSync(root, { recursive: true });
  }
}

main();
