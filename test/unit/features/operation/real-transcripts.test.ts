import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATION_TOOLS } from '../../../../lib/claude/operation-tools.ts';
import {
  type JsonObject,
  numberField,
  parseJsonObject,
  stringField,
} from '../../../../lib/core/json.ts';
import { countOperations } from '../../../../lib/features/operation/table.ts';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { applyEvent, callEvent, noteEvent, testStore } from './test-session.ts';

/**
 * What the hooks of a real run were told: one session with agents, resumed, forked, resumed again.
 */
interface Run {
  readonly folder: string;
  readonly hooks: readonly JsonObject[];
}

function run(client: string): Run {
  const folder = tempFolder();
  cpSync(join(import.meta.dirname, '../../../fixtures/transcript', client), folder, {
    recursive: true,
  });
  const hooks = readFileSync(join(folder, 'hooks.jsonl'), 'utf8').trim().split('\n');
  return { folder, hooks: hooks.map((line) => parseJsonObject(line) ?? {}) };
}

interface Wiring {
  /** Whether SessionStart and the like are wired, or tool hooks alone. */
  readonly onlyTools?: boolean;
  readonly failures?: boolean;
}

/**
 * Plays the events of a run into a store; of the successful calls only the first of a session is
 * not throttled. Gives `ops` by session.
 */
function playHooks(
  store: Database,
  { folder, hooks }: Run,
  { onlyTools = false, failures = true }: Wiring = {},
): Map<string, number> {
  const ops = new Map<string, number>();
  for (const hook of hooks) {
    const id = stringField(hook, 'session_id') ?? '';
    const at = numberField(hook, 'at') ?? 0;
    const tool = stringField(hook, 'tool_name');
    if (tool === undefined && onlyTools) continue;
    const failed = hook['hook_event_name'] === 'PostToolUseFailure';
    const isOperation = tool !== undefined && OPERATION_TOOLS.includes(tool);
    const isFirst = isOperation && !ops.has(id);
    if (isOperation) ops.set(id, (ops.get(id) ?? 0) + 1);
    if (tool === undefined || isFirst || failed)
      noteEvent(store, { id, path: join(folder, `${id}.jsonl`), at });
    if (!(isFirst || (failed && failures))) continue;
    const call = {
      tool,
      tool_use_id: stringField(hook, 'tool_use_id'),
      outcome: failed ? 'failed' : 'ok',
      error: stringField(hook, 'error'),
    };
    applyEvent(store, callEvent(at, id, call, stringField(hook, 'agent_id')));
  }
  return ops;
}

async function readAll(store: Database): Promise<void> {
  for (const row of store.prepare('SELECT id FROM sessions').all()) {
    let more = true;
    while (more) ({ more } = await readSessionTranscripts(store, String(row['id']), { now: 1 }));
  }
}

function counts(store: Database, ops: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...ops.keys()].map((id) => [id, countOperations(store, id).counted]));
}

describe.each(['client-2.1.197', 'client-2.1.330'])('the transcripts that %s leaves', (client) => {
  it.each<[string, Wiring]>([
    ['all hooks are wired', {}],
    ['only tool hooks are wired', { onlyTools: true }],
  ])(
    'give as many operations as the hooks counted, in the session and in its fork, when %s',
    async (_name, wiring) => {
      const store = testStore();
      const ops = playHooks(store, run(client), wiring);
      await readAll(store);
      expect([...ops.values()]).toEqual([22, 2]);
      expect(counts(store, ops)).toEqual(Object.fromEntries(ops));
      expect(countOperations(store, [...ops.keys()][0] ?? '')).toEqual({
        counted: 22,
        ok: 15,
        failed: 7,
        rejected: 5,
        running: 0,
        other: 3,
      });
    },
  );

  it('agree with the hooks call by call', async () => {
    const store = testStore();
    const recorded = run(client);
    playHooks(store, recorded);
    await readAll(store);
    const seen = recorded.hooks.filter((hook) =>
      OPERATION_TOOLS.includes(stringField(hook, 'tool_name') ?? ''),
    );
    const wanted = seen.map((hook) => [
      hook['tool_use_id'],
      hook['session_id'],
      hook['agent_id'] ?? null,
      hook['hook_event_name'] === 'PostToolUse' ? 'ok' : 'failed',
    ]);
    const rows = store
      .prepare(
        "SELECT * FROM operation_outcomes WHERE outcome IN ('ok', 'failed') AND tool <> 'Read'",
      )
      .all();
    const stored = rows.map((row) => [
      row['tool_use_id'],
      row['session_id'],
      row['agent_id'],
      row['outcome'],
    ]);
    expect(stored.sort()).toEqual(wanted.sort());
  });

  it('give the same rows read before the events, line by line, as read after them at once', async () => {
    const [early, late] = [testStore(), testStore()];
    const recorded = run(client);
    playHooks(late, recorded);
    await readAll(late);
    const sessions = new Set(recorded.hooks.map((hook) => stringField(hook, 'session_id') ?? ''));
    for (const id of sessions) {
      const first = recorded.hooks.find((hook) => hook['session_id'] === id);
      noteEvent(early, {
        id,
        path: join(recorded.folder, `${id}.jsonl`),
        at: numberField(first ?? {}, 'at') ?? 0,
      });
      await readLineByLine(early, recorded.folder, id);
    }
    playHooks(early, recorded);
    const all = 'SELECT * FROM operations ORDER BY tool_use_id';
    expect(early.prepare(all).all()).toEqual(late.prepare(all).all());
  });
});

/** Moves a transcript away and lets it grow again under its name, half a line at a time. */
async function readLineByLine(store: Database, folder: string, id: string): Promise<void> {
  const path = join(folder, `${id}.jsonl`);
  const text = readFileSync(path, 'utf8');
  renameSync(path, `${path}.whole`);
  writeFileSync(path, '');
  for (let end = 0; end < text.length; ) {
    const newline = text.indexOf('\n', end);
    writeFileSync(path, text.slice(end, newline - 9), { flag: 'a' });
    await readSessionTranscripts(store, id, { now: 1 });
    writeFileSync(path, text.slice(newline - 9, newline + 1), { flag: 'a' });
    await readSessionTranscripts(store, id, { now: 1 });
    end = newline + 1;
  }
  expect(readdirSync(folder)).toContain(`${id}.jsonl`);
}
