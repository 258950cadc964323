import { mkdirSync, writeFileSync } from 'node:fs';
import { stateFolderAt, type StateFolder } from '../../../lib/core/state-folder.ts';
import type { JsonObject } from '../../../lib/core/json.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { learnFailedCalls } from '../../support/learn.ts';

/** Times in the prepared store count from here. */
export const START = Date.parse('2026-11-22T10:00:00.000Z');

export const SESSION = 'aaaa1111-0000-4000-8000-000000000001';
export const OTHER = 'aaaa2222-0000-4000-8000-000000000002';

/** ISO time so many seconds after the start. */
export function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

type PreparedEvents = ReadonlyArray<readonly [type: string, seconds: number, payload: JsonObject]>;

/** A state folder of its own whose store holds what `events` do to it. */
export function preparedStore(events: PreparedEvents = twoSessions()): StateFolder {
  const root = tempFolder();
  const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  prepareStore(folder, events);
  return folder;
}

/**
 * Makes a state folder whose store holds what `events` do to it. Their ids count from `firstId`.
 */
export function prepareStore(
  folder: StateFolder,
  events: PreparedEvents = twoSessions(),
  firstId = 1,
): void {
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  inStore(folder, (database) => {
    const sealed = events.map(([type, seconds, payload], index) => ({
      event_id: `evt_20261122_100000_${String(firstId + index).padStart(16, '0')}`,
      event_type: type,
      timestamp: at(seconds),
      source: 'hook/Test',
      payload,
    }));
    eventApplier(database, EFFECTS, () => START)(sealed);
    learnFailedCalls(database);
  });
}

/** The store of a folder, to be closed by the caller. */
export function openPreparedStore(folder: StateFolder): Database {
  return openStore(folder.store, sqliteDriver());
}

/** Does something in the store of a folder. */
export function inStore<T>(folder: StateFolder, use: (database: Database) => T): T {
  const database = openPreparedStore(folder);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** Asks the store of a folder something that is answered by a promise. */
export async function askInStore<T>(
  folder: StateFolder,
  ask: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openPreparedStore(folder);
  try {
    return await ask(database);
  } finally {
    database.close();
  }
}

/** Lets the hooks have counted so many operations. */
export function countOperations(folder: StateFolder, session: string, count: number): void {
  mkdirSync(`${folder.throttle}/${session}`, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder.throttle}/${session}/ops`, '.'.repeat(count));
}

/** One session with two checkpoints, a failure between them, and an end; another one that runs. */
export function twoSessions(): ReadonlyArray<readonly [string, number, JsonObject]> {
  const mine = {
    session_id: SESSION,
    project: '/work/shop',
    worktree: '/work/shop',
    transcript_path: '/nowhere.jsonl',
  };
  const call = (tool: string, target: string, id: string, outcome = 'ok'): JsonObject => ({
    tool,
    target,
    outcome,
    tool_use_id: id,
  });
  return [
    ['session.started', 0, { ...mine, reason: 'startup', model: 'claude-sonnet-4-5' }],
    ['session.prompt_submitted', 1, { ...mine, prompt: 'Fix the total' }],
    [
      'checkpoint.created',
      10,
      {
        ...mine,
        kind: 'auto',
        saved_by: 'hook/PostToolUse',
        operation_count: 1,
        git_branch: 'main',
        call: call('Write', '/work/shop/a.js', 'toolu_1'),
      },
    ],
    [
      'task.failed',
      20,
      { ...mine, call: { ...call('Bash', 'npm test', 'toolu_2', 'failed'), error: 'Exit code 1' } },
    ],
    [
      'checkpoint.created',
      30,
      { ...mine, kind: 'stop', saved_by: 'hook/Stop', operation_count: 2, note: 'done' },
    ],
    ['session.ended', 31, { ...mine, reason: 'exit' }],
    ['session.started', 40, { session_id: OTHER, project: '/work/shop/sub', reason: 'startup' }],
  ];
}
