import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JsonObject } from '../../lib/core/json.ts';
import { runAllSlices } from '../../lib/core/sliced.ts';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { archiveSession } from '../../lib/journal/transcripts/archive-session.ts';
import { learnLessons } from '../../lib/features/failure/lessons.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { conversationEvents, writeConversation } from '../support/demo-conversation.ts';
import { archiveAllButLast } from '../support/test-journal.ts';
import { writeClientFolder } from '../support/client-folder.ts';
import {
  inStore,
  openPreparedStore,
  prepareStore,
  SESSION,
  START,
} from '../unit/cli/prepared-store.ts';

const DAY = 86_400_000;
const FAILED_EVENT = 'evt_20261122_100000_0000000000000004'; // task.failed of the two sessions

/** What `prepare NAME` puts into the state folder of a session. */
export const STATES: Readonly<Record<string, (folder: StateFolder) => void | Promise<void>>> = {
  'two-sessions': (folder) => prepareStore(folder),
  conversation: prepareToldSession,
  'dead-entry': addDeadEntry,
  'dead-deliveries': addDeadDeliveries,
  failures: prepareFailures,
  usage: addUsage,
  'late-answers': addLateAnswers,
  'auto-commits': prepareAutoCommits,
  'agent-runs': (folder) => addRuns(folder, EXPLORE),
  'other-agent-runs': (folder) => addRuns(folder, GENERAL),
  archive: archiveAll,
  'archived-session': archiveSessionOfClient,
  'waiting-entries': addWaitingEntries,
  transcripts: ({ root }) => writeClientFolder(`${root}/../home/.claude`),
};

/** A session whose transcript is there. */
function prepareToldSession(folder: StateFolder): void {
  prepareStore(folder, conversationEvents(writeConversation(folder)), 500);
}

/** A turn that became a commit, and one that a hook refused. */
function prepareAutoCommits(folder: StateFolder): void {
  const here = { session_id: SESSION, worktree: '/work/shop' };
  prepareStore(folder, [
    [
      'session.auto_committed',
      3_600,
      {
        ...{ ...here, turn: 'evt_1', branch: `waymark/${SESSION}` },
        ...{ commit: '8d3c1f0e5b7a9246c0d1e2f3a4b5c6d7e8f90a1b' },
        counts: { added: 1, changed: 0, removed: 0 },
      },
    ],
    [
      'session.auto_commit_refused',
      7_000,
      { ...here, turn: 'evt_2', cause: 'hook', reason: 'pre-commit: 2 tests fail\nsee above' },
    ],
  ]);
}

/** One entry that was given up. */
function addDeadEntry({ queue: root }: StateFolder): void {
  const queue = queueFolder(root);
  makeQueueFolder(queue);
  const file = `${queue.dead}/5_${START}_00000000000000d1.a5.json`;
  const event = {
    event_id: 'evt_20261122_100000_00000000000000d1',
    event_type: 'custom.made',
    payload: { session_id: SESSION },
  };
  const why = {
    code: 'HANDLING_FAILED',
    reason: 'Cannot apply it',
    remedy: 'Try again',
    attempts: 5,
    at: '2026-11-22T10:01:00.000Z',
  };
  writeFileSync(file, JSON.stringify(event));
  writeFileSync(`${file}.reason`, JSON.stringify(why));
}

/** Of one event of the two sessions: two deliveries that were given up, and one that was made. */
function addDeadDeliveries(folder: StateFolder): void {
  inStore(folder, (database) => {
    const insert = database.prepare(
      `INSERT INTO deliveries (event_id, subscription, state, attempts, due_at, ended_at, last_error,
         output, created_at) VALUES (?, ?, ?, 5, 1, ?, ?, 'half of it', 1)`,
    );
    insert.run(FAILED_EVENT, 'user/notify', 'dead', START, 'exit status 1');
    insert.run(FAILED_EVENT, 'webhook/ops', 'dead', START + 1_000, 'answered 500');
    insert.run(FAILED_EVENT, 'user/other', 'done', START, null);
  });
}

/** Two failures of two projects; what worked instead is known of the first. */
function prepareFailures(folder: StateFolder): void {
  const bash = (target: string, id: string, error?: string): JsonObject => ({
    tool: 'Bash',
    target,
    outcome: error === undefined ? 'ok' : 'failed',
    tool_use_id: id,
    error,
  });
  const mine = { session_id: 's1', project: '/work/shop' };
  const other = {
    session_id: 's2',
    project: '/work/other',
    repository: '/work/other/.git',
  };
  const mistyped = bash('npm run tset', 't1', 'Exit code 1\nnpm error Missing script: "tset"');
  const missing = bash('cat /x', 't3', 'Exit code 1\ncat: /x: No such file or directory');
  prepareStore(folder, [
    ['task.failed', 10, { ...mine, call: mistyped }],
    ['checkpoint.created', 20, { ...mine, call: bash('npm run test', 't2') }],
    ['task.failed', 30, { ...other, call: missing }],
  ]);
  inStore(folder, (database) => learnLessons(database, 's1'));
}

/**
 * Answers of three days by three models, one of which has no price, and a day of which the client's
 * statistics alone tell.
 */
function addUsage(folder: StateFolder): void {
  inStore(folder, (database) => {
    const insert = database.prepare(
      `INSERT INTO usage (message_id, request_id, claimed_since, session_id, agent_id, at, model, speed,
         input, output, cache_read, cache_write_5m, cache_write_1h, web_searches)
       VALUES (?, '', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const opus = 'claude-opus-4-8';
    insert.run('m1', SESSION, null, START, opus, null, 1_000, 2_000, 300_000, 10_000, 0, 0);
    insert.run('m2', SESSION, null, START + 60_000, opus, 'fast', 10, 500, 310_000, 0, 2_000, 2);
    insert.run('m3', SESSION, 'a1', START - DAY, 'claude-haiku-4-5', null, 50, 800, 9_000, 0, 0, 0);
    insert.run('m4', 's9', null, START - 2 * DAY, 'gpt-x', null, 400, 100, 0, 0, 0, 0);
    database
      .prepare('INSERT INTO client_days (config_folder, day, model, tokens) VALUES (?, ?, ?, ?)')
      .run('/home/you/.claude', '2026-11-15', opus, 123_456);
  });
}

/** Answers of 18:29, 18:30 and 23:45 UTC of one day: in India the last two are of the next day. */
function addLateAnswers(folder: StateFolder): void {
  const day = Date.UTC(2026, 10, 20);
  const minutes = [18 * 60 + 29, 18 * 60 + 30, 23 * 60 + 45];
  inStore(folder, (database) => {
    const insert = database.prepare(
      `INSERT INTO usage (message_id, request_id, claimed_since, session_id, at, model, input, output,
         cache_read, cache_write_5m, cache_write_1h, web_searches)
       VALUES (?, '', 1, ?, ?, 'claude-opus-4-8', ?, 0, 0, 0, 0, 0)`,
    );
    for (const [index, minute] of minutes.entries())
      insert.run(`late${index}`, SESSION, day + minute * 60_000, 10 ** (index + 4));
  });
}

interface Runs {
  readonly agent: string;
  readonly count: number;
  readonly daysAgo: number;
  readonly tokens: number;
  readonly outcome?: string;
}

const EXPLORE: readonly Runs[] = [
  { agent: 'Explore', count: 4, daysAgo: 3, tokens: 2_000 },
  { agent: 'Explore', count: 2, daysAgo: 20, tokens: 2_000 },
  { agent: 'Explore', count: 3, daysAgo: 1, tokens: 0, outcome: 'stopped' },
  { agent: 'Explore', count: 9, daysAgo: 100, tokens: 1 },
];
const GENERAL: readonly Runs[] = [
  { agent: 'general-purpose', count: 6, daysAgo: 20, tokens: 9_000 },
];

/** Runs of agents at one kind of task. */
function addRuns(folder: StateFolder, groups: readonly Runs[]): void {
  inStore(folder, (database) => {
    const insert = database.prepare(
      `INSERT INTO agent_runs (tool_use_id, session_id, agent_type, model, kind, at, outcome, tokens,
         duration_ms) VALUES (?, 's', ?, 'claude-sonnet-4-5', 'test', ?, ?, ?, 61000)`,
    );
    for (const { agent, count, daysAgo, tokens, outcome = 'ok' } of groups)
      for (let run = 0; run < count; run += 1)
        insert.run(`${agent}-${daysAgo}-${run}`, agent, START - daysAgo * DAY, outcome, tokens);
  });
}

/** Moves events into the archive and the event log; the store keeps the last one. */
async function archiveAll(folder: StateFolder): Promise<void> {
  const database = openPreparedStore(folder);
  await archiveAllButLast(folder, database, START);
  database.close();
}

/** The client had files of the first session, which are archived; it has deleted them. */
function archiveSessionOfClient({ root, archive }: StateFolder): void {
  const base = `${dirname(root)}/home/.claude`;
  const files = {
    [`projects/-work-shop/${SESSION}.jsonl`]: '{"type":"user","cwd":"/work/shop"}\n'.repeat(40),
    [`projects/-work-shop/${SESSION}/tool-results/b1.txt`]: 'a large result\n'.repeat(3_000),
    [`tasks/${SESSION}/1.json`]: '{"id":"1"}',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(`${base}/${path}`), { recursive: true });
    writeFileSync(`${base}/${path}`, content);
  }
  const footprint = { session: SESSION, base, paths: Object.keys(files) };
  runAllSlices(archiveSession(footprint, { archive, clock: () => START, isClosed: true }));
  rmSync(`${base}/projects`, { recursive: true });
}

/** Three entries in the queue, two of them of the highest priority. */
function addWaitingEntries({ queue: root }: StateFolder): void {
  const queue = queueFolder(root);
  makeQueueFolder(queue);
  for (const [index, priority] of [0, 0, 5].entries()) {
    const random = `00000000000000e${index}`;
    const event = {
      event_id: `evt_20261122_100000_${random}`,
      event_type: 'build.failed',
      timestamp: new Date(START).toISOString(),
      source: 'ci',
      payload: { job: `job-${index}` },
    };
    const file = `${queue.pending}/${priority}/${priority}_${START}_${random}.a0.json`;
    writeFileSync(file, JSON.stringify(event));
  }
}
