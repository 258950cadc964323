import { mkdirSync, writeFileSync } from 'node:fs';
import { DAY_MS, HOUR_MS, isoTime } from '../../lib/core/clock.ts';
import type { JsonObject } from '../../lib/core/json.ts';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import type { Database } from '../../lib/store/database.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { learn } from '../support/learn.ts';
import { inStore } from '../unit/cli/prepared-store.ts';
import { makeStillHome, NOW, type StillHome } from './still-home.ts';

const MINUTE = 60_000;

export const HOMES = ['empty', 'typical', 'full'] as const;
export type HomeName = (typeof HOMES)[number];

/** A home for pictures of the dashboard. */
export async function makePictureHome(name: HomeName, home: string): Promise<StillHome> {
  if (name === 'empty') {
    const folder = stateFolderAt(`${home}/.local/state/waymark`, {}, [`${home}/run`]);
    return { home, folder, close: () => undefined };
  }
  const still = await makeStillHome(home);
  addFigures(still.folder);
  if (name === 'full') fill(still.folder);
  return still;
}

/** What a worker and the status line of the client note over an hour. */
function addFigures(folder: StateFolder): void {
  inStore(folder, (database) => {
    const limit = database.prepare(
      'INSERT INTO account_limits (config_folder, name, at, used, resets_at) VALUES (?, ?, ?, ?, ?)',
    );
    limit.run('/home/you/.claude', 'five_hour', NOW - MINUTE, 62, NOW + 96 * MINUTE);
    limit.run('/home/you/.claude', 'seven_day', NOW - MINUTE, 31, NOW + 5_300 * MINUTE);
    const metric = database.prepare(
      'INSERT INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?)',
    );
    for (let minute = 59; minute > 0; minute -= 1) {
      const wave = Math.sin(minute / 4) + Math.sin(minute / 1.7) / 2;
      const at = NOW - minute * MINUTE;
      metric.run(at, 'w-4c1d', 'throughput', Math.max(0, 0.6 + 0.4 * wave));
      metric.run(at, 'w-4c1d', 'latency_p50_ms', 4 + wave);
      metric.run(at, 'w-4c1d', 'latency_p95_ms', 11 + 4 * Math.abs(wave));
    }
  });
}

const PROJECTS = [
  ...['/work/shop', '/work/invoices', '/work/infrastructure/terraform/environments/production'],
  ...[
    '/home/you/src/github.com/an-organisation-with-a-long-name/service-for-everything',
    '/work/日本語',
  ],
];
const MODELS = ['claude-opus-4-8', 'claude-sonnet-4-5', 'claude-haiku-4-5', 'gpt-x'];
const AGENTS = [
  'Explore',
  'general-purpose',
  'Plan',
  'a-reviewer-of-security-and-of-much-else-too',
];
const KINDS = ['search', 'test', 'review', 'write'];

/** Months of a busy person: more of everything than fits on a page. */
function fill(folder: StateFolder): void {
  inStore(folder, (database) => {
    const apply = eventApplier(database, EFFECTS, () => NOW);
    for (let index = 0; index < 70; index += 1) {
      apply(eventsOfSession(index));
      if (index < 40) learn(database, sessionId(index));
    }
    addAnswers(database);
    addRuns(database);
  });
  addDeadEntries(folder);
  writeFileSync(
    folder.configFile,
    JSON.stringify({ budgets: ['day=20:ask', 'session=5:warn', 'agents=40:warn'] }),
  );
}

function sessionId(index: number): string {
  return `${(0xa1b2c3d4 + index * 7919).toString(16)}-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

/** Twelve of them run; the others ended, every few hours another one. */
function eventsOfSession(index: number) {
  const startedAt = NOW - (index < 12 ? index * 2 * MINUTE + MINUTE : index * 5 * HOUR_MS);
  const project = PROJECTS[index % PROJECTS.length] ?? '';
  const own = { session_id: sessionId(index), project, worktree: project, client: { pid: 1 } };
  let count = 0;
  const event = (type: string, seconds: number, payload: JsonObject) => {
    const at = Math.min(startedAt + seconds * 1_000, NOW - 1_000);
    count += 1;
    const [day = '', time = ''] = isoTime(at).replace(/[-:]/g, '').slice(0, 15).split('T');
    return {
      event_id: `evt_${day}_${time}_${(index * 100 + count).toString(16).padStart(16, 'f')}`,
      ...{ event_type: type, timestamp: isoTime(at), source: 'hook/Still' },
      payload: { ...own, ...payload },
    };
  };
  const command = `npm run ${['tset', 'biuld', 'lnit', 'chekc'][index % 4]} -- --package ${index}`;
  const call = { tool: 'Bash', target: command, outcome: 'failed', tool_use_id: `toolu_${index}` };
  const risk = {
    rule: 'force-push-main',
    severity: 'high',
    tool: 'Bash',
    message: 'A command replaces a branch',
  };
  const scan = { scanner: 'npm-audit', findings: 4, severities: { critical: 1, high: 2 } };
  return [
    event('session.started', 0, { reason: 'startup', model: MODELS[index % 3] ?? '' }),
    event('session.prompt_submitted', 1, {
      prompt: `Task ${index}: ${'Make the totals right in every report, and say what was wrong. '.repeat(1 + (index % 4))}`,
    }),
    event('task.failed', 8, {
      call: { ...call, error: `Exit code 1\nnpm error Missing script ${index}` },
    }),
    ...(index % 5 === 0
      ? [event('security.risky_command', 9, { ...risk, tool_use_id: `toolu_${index}` })]
      : []),
    ...(index % 9 === 0 ? [event('security.scan_completed', 10, scan)] : []),
    event('checkpoint.created', 12, {
      kind: 'auto',
      saved_by: 'hook/PostToolUse',
      operation_count: 7,
      call,
    }),
    ...(index % 2 === 0
      ? [
          event('checkpoint.created', 20, {
            kind: 'stop',
            saved_by: 'hook/Stop',
            operation_count: 9,
          }),
        ]
      : []),
    ...(index < 12 ? [] : [event('session.ended', 40, { reason: 'exit' })]),
  ];
}

function addAnswers(database: Database): void {
  const insert = database.prepare(
    `INSERT INTO usage (message_id, request_id, claimed_since, session_id, agent_id, at, model, speed,
       input, output, cache_read, cache_write_5m, cache_write_1h, web_searches)
     VALUES (?, '', 1, ?, ?, ?, ?, NULL, 900, ?, 180000, 4000, 0, ?)`,
  );
  for (let index = 0; index < 1_500; index += 1)
    insert.run(
      ...[`m${index}`, sessionId(index % 70), index % 5 === 0 ? 'a1' : null],
      ...[NOW - (index % 40) * DAY_MS - index * 1_000, MODELS[(index * 7) % 4] ?? ''],
      ...[400 + ((index * 37) % 3_000), index % 50 === 0 ? 1 : 0],
    );
}

function addRuns(database: Database): void {
  const insert = database.prepare(
    `INSERT INTO agent_runs (tool_use_id, session_id, agent_type, model, kind, at, outcome, tokens,
       duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let index = 0; index < 240; index += 1)
    insert.run(
      ...[`run${index}`, sessionId(index % 70), AGENTS[index % 4] ?? '', MODELS[index % 3] ?? ''],
      ...[KINDS[(index >> 2) % 4] ?? '', NOW - index * HOUR_MS],
      ...[index % 6 === 0 ? 'failed' : 'ok', 4_000 + index * 90, 20_000 + index * 700],
    );
}

function addDeadEntries({ queue: root }: StateFolder): void {
  const queue = queueFolder(root);
  makeQueueFolder(queue);
  mkdirSync(queue.dead, { recursive: true });
  for (let index = 0; index < 30; index += 1) {
    const random = String(index).padStart(16, '0');
    const file = `${queue.dead}/5_${NOW - index * MINUTE}_${random}.a5.json`;
    const event = {
      event_id: `evt_20261122_100000_${random}`,
      event_type: 'custom.made',
      payload: {},
    };
    const why = {
      ...{
        code: 'HANDLING_FAILED',
        reason: `Cannot apply it: ${'the disk is full. '.repeat(1 + (index % 5))}`,
      },
      ...{ remedy: 'Free some space', attempts: 5, at: isoTime(NOW - index * MINUTE) },
    };
    writeFileSync(file, JSON.stringify(event));
    writeFileSync(`${file}.reason`, JSON.stringify(why));
  }
}
