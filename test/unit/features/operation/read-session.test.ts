import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countOperations } from '../../../../lib/features/operation/table.ts';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { agentFile, NOW, said, scene, stateOf, titleLine } from './session-scene.ts';
import {
  applyEvent,
  callEvent,
  callLine,
  noteEvent,
  operationRows,
  resultLine,
  testStore,
} from './test-session.ts';

const TINY = { chunkBytes: 400, lineBytes: 4_000 };

describe('readSessionTranscripts', () => {
  it('stores each call once, with what became of it, however the transcript comes', async () => {
    const { store, path, read, rows } = scene([
      callLine('t1', 1_100),
      callLine('t2', 1_101),
      resultLine('t2', 1_200, 'Exit code 1'),
    ]);
    expect(await read()).toMatchObject({ operations: 3, more: false });
    expect(await read()).toMatchObject({ operations: 0, more: false });
    appendFileSync(path, resultLine('t1', 1_300));
    expect(await read()).toMatchObject({ operations: 1, more: false });
    expect(rows()).toEqual([
      ['t1', 's1', 'ok'],
      ['t2', 's1', 'failed'],
    ]);
    expect(countOperations(store, 's1')).toMatchObject({ counted: 2, ok: 1, failed: 1 });
    expect(stateOf(store)).toEqual({ state: 'read', at: NOW });
  });

  it('reads the files of agents, also those that come later', async () => {
    const { path, read, store } = scene([
      callLine('t1', 1_100, 'Task', { subagent_type: 'Explore' }),
      resultLine('t1', 1_110),
    ]);
    await read();
    writeFileSync(agentFile(path, 'a1'), callLine('t2', 1_120));
    writeFileSync(join(dirname(agentFile(path, 'a1')), 'agent-a1.meta.json'), '{}');
    await read();
    appendFileSync(agentFile(path, 'a1'), resultLine('t2', 1_130));
    mkdirSync(join(dirname(agentFile(path, 'a1')), 'deeper'));
    writeFileSync(
      join(dirname(agentFile(path, 'a1')), 'deeper', 'agent-a2.jsonl'),
      callLine('t3', 1_125) + resultLine('t3', 1_126),
    );
    await read();
    expect(operationRows(store)).toMatchObject([
      { tool_use_id: 't1', agent_id: null, tool: 'Agent' },
      { tool_use_id: 't2', agent_id: 'a1', transcript_outcome: 'ok' },
      { tool_use_id: 't3', agent_id: 'a2', transcript_outcome: 'ok' },
    ]);
    expect(countOperations(store, 's1').counted).toBe(3);
  });

  it('keeps how full the context was from the main chain only', async () => {
    const compaction = {
      type: 'system',
      subtype: 'compact_boundary',
      uuid: 'u1',
      timestamp: new Date(1_150).toISOString(),
      compactMetadata: { postTokens: 9 },
    };
    const { path, read, store } = scene([
      callLine('t1', 1_100),
      callLine('t1', 1_100),
      `${JSON.stringify(compaction)}\n`,
    ]);
    writeFileSync(agentFile(path, 'a1'), callLine('t2', 1_120));
    await read();
    expect(
      store.prepare('SELECT message_id, at, model, tokens FROM context_samples ORDER BY at').all(),
    ).toEqual([
      { message_id: 'msg_t1', at: 1_100, model: 'claude-opus-4-8', tokens: 100 },
      { message_id: 'compaction u1', at: 1_150, model: null, tokens: 9 },
    ]);
  });

  it('keeps one size for the lines of one answer: that of the last line, whatever its time', async () => {
    const lines = [
      callLine('t1', 1_200),
      callLine('t1', 1_300).replace('100}', '150}'),
      callLine('t1', 1_300),
      callLine('t1', 1_250).replace('100}', '900}'),
    ];
    const { read, store } = scene(lines);
    await read();
    expect(store.prepare('SELECT at, tokens FROM context_samples').all()).toEqual([
      { at: 1_250, tokens: 900 },
    ]);
  });

  it('leaves out what a fork copied, to the millisecond', async () => {
    const copied = [callLine('t1', 900), resultLine('t1', 999)];
    const { store, read, rows } = scene([
      ...copied,
      callLine('t2', 1_000),
      callLine('t3', 1_001),
      resultLine('t3', 1_002),
    ]);
    await read();
    expect(rows()).toEqual([
      ['t2', 's1', null],
      ['t3', 's1', 'ok'],
    ]);
    const state = store.prepare('SELECT state FROM cursors').get()?.['state'];
    expect(JSON.parse(String(state))).toMatchObject({ floor: 1_000, leftOut: 4, pending: [] });
  });

  it('reads again from the start when an earlier event of the session turns up', async () => {
    const { store, path, read, rows } = scene([
      callLine('t1', 900),
      resultLine('t1', 950),
      callLine('t2', 1_100),
      resultLine('t2', 1_200),
    ]);
    await read();
    noteEvent(store, { id: 's1', path, at: 800 });
    expect(await read()).toMatchObject({ operations: 4, more: false });
    expect(rows()).toEqual([
      ['t1', 's1', 'ok'],
      ['t2', 's1', 'ok'],
    ]);
  });

  it('keeps a call that began before the first event when its result came after it', async () => {
    const { store, path, read } = scene([
      callLine('t1', 900),
      callLine('t2', 901),
      resultLine('t0', 950),
    ]);
    await read();
    expect(operationRows(store)).toEqual([]);
    appendFileSync(path, resultLine('t1', 1_010) + resultLine('t2', 1_011));
    await read();
    expect(operationRows(store)).toMatchObject([
      { tool_use_id: 't1', tool: 'Bash', target: 'run t1', at: 900, ended_at: 1_010 },
      { tool_use_id: 't2', tool: 'Bash', at: 901 },
    ]);
    expect(countOperations(store, 's1').counted).toBe(2);
  });

  it('gives a call to the older session when two transcripts claim it', async () => {
    const { store, path, read, rows } = scene([callLine('t1', 1_100), resultLine('t1', 1_200)]);
    const copy = join(dirname(path), 's2.jsonl');
    writeFileSync(copy, callLine('t1', 1_100) + resultLine('t1', 1_200));
    noteEvent(store, { id: 's2', path: copy, at: 1_050 });
    await readSessionTranscripts(store, 's2', { now: NOW });
    await read();
    await readSessionTranscripts(store, 's2', { now: NOW });
    expect(rows()).toEqual([['t1', 's1', 'ok']]);
  });

  it('reads a rewritten file from its start without doubling anything', async () => {
    const { path, read, rows, store } = scene([
      callLine('t1', 1_100),
      resultLine('t1', 1_200),
      callLine('t2', 1_300),
    ]);
    await read();
    writeFileSync(
      path,
      callLine('t1', 1_100) +
        resultLine('t1', 1_200) +
        callLine('t3', 1_400) +
        resultLine('t3', 1_500),
    );
    await read();
    expect(rows()).toEqual([
      ['t1', 's1', 'ok'],
      ['t2', 's1', null],
      ['t3', 's1', 'ok'],
    ]);
    expect(countOperations(store, 's1')).toMatchObject({ counted: 2, running: 1 });
  });

  it('forgets what it could not read of a file when that is rewritten', async () => {
    const { store, path, read } = scene([`${'x'.repeat(5_000)}\n`]);
    await read({ limits: TINY });
    expect(stateOf(store)).toMatchObject({ state: 'partial' });
    writeFileSync(path, callLine('t1', 1_100));
    await read({ limits: TINY });
    expect(stateOf(store)).toMatchObject({ state: 'read' });
  });

  it('stops at its budget, says so, and ends up with everything', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `t${String(index).padStart(2, '0')}`);
    const { path, read, rows, store } = scene(
      ids.flatMap((id, index) => [callLine(id, 1_100 + index), resultLine(id, 1_200 + index)]),
    );
    const agents = Array.from({ length: 5 }, (_, index) => `a${index}`);
    for (const agent of agents)
      writeFileSync(
        agentFile(path, agent),
        callLine(`u${agent}`, 1_300) + resultLine(`u${agent}`, 1_301),
      );
    let calls = 0;
    for (let more = true; more; calls += 1) {
      ({ more } = await read({ maxChunks: 2, limits: TINY }));
      expect(stateOf(store)).toMatchObject({ state: more ? 'reading' : 'read' });
    }
    expect(calls).toBeGreaterThan(5);
    expect(rows()).toHaveLength(45);
    expect(countOperations(store, 's1').counted).toBe(45);
  });

  it('stores nothing of a chunk when the store fails half-way, and everything the next time', async () => {
    const { store, read, rows } = scene([
      callLine('t1', 1_100),
      callLine('t2', 1_101),
      resultLine('t1', 1_200),
      resultLine('t2', 1_201),
    ]);
    const failing: Database = {
      ...store,
      prepare: (sql) => {
        if (sql.includes('INTO cursors')) throw new Error('disk full');
        return store.prepare(sql);
      },
    };
    expect(() => readSessionTranscripts(failing, 's1', { now: NOW })).toThrow('disk full');
    expect(rows()).toEqual([]);
    await read();
    expect(rows()).toHaveLength(2);
  });

  it('stores no secret, of calls that wait neither', () => {
    const secret = { command: 'curl -u jo:Hunter2Battery9 https://x.test' };
    const { store, read } = scene([
      callLine('t0', 900, 'Bash', secret),
      callLine('t1', 1_100, 'Bash', secret),
      resultLine('t1', 1_200, 'Exit code 1\npassword=Hunter2Battery9 is wrong'),
    ]);
    read();
    const target = 'curl -u jo:[redacted] https://x.test';
    expect(operationRows(store)).toMatchObject([
      { tool: 'Bash', target, error: 'Exit code 1\npassword=[redacted] is wrong' },
    ]);
    const waiting = String(store.prepare('SELECT state FROM cursors').get()?.['state']);
    expect(waiting).toContain(target);
    expect(waiting).not.toContain('Hunter2');
  });

  it('keeps what the hook said when the transcript comes', async () => {
    const { store, read } = scene([
      callLine('t1', 1_100),
      resultLine('t1', 1_200, 'policy says no'),
    ]);
    applyEvent(
      store,
      callEvent(1_150, 's1', {
        tool_use_id: 't1',
        tool: 'Bash',
        target: 'as run',
        outcome: 'failed',
        error: 'EACCES',
      }),
    );
    await read();
    expect(operationRows(store)).toMatchObject([
      { target: 'as run', error: 'EACCES', hook_outcome: 'failed', transcript_outcome: 'unclear' },
    ]);
  });

  it.each<[string, (path: string) => void, string]>([
    ['missing', (path) => rmSync(path), 'missing'],
    ['a folder', (path) => [rmSync(path), mkdirSync(path)], 'unreadable'],
    ['empty', (path) => writeFileSync(path, ''), 'read'],
    [
      'holding a line too long to keep',
      (path) => appendFileSync(path, `${'x'.repeat(5_000)}\n`),
      'partial',
    ],
  ])('says so when the transcript is %s', async (_name, change, state) => {
    const { store, path, read } = scene([callLine('t1', 1_100)]);
    change(path);
    await read({ limits: TINY });
    await read({ limits: TINY });
    expect(stateOf(store)).toEqual({ state, at: NOW });
  });

  it('has nothing to read for a session that is not known or has no transcript', async () => {
    const store = testStore();
    expect(await readSessionTranscripts(store, 'nobody', { now: NOW })).toEqual({
      operations: 0,
      bytes: 0,
      more: false,
    });
  });

  it('never leaves the folder of the transcript', async () => {
    const { store, path } = scene([]);
    writeFileSync(agentFile(path, 'a1'), callLine('t1', 1_100));
    noteEvent(store, { id: '../x/s1', path: join(dirname(path), 'x', 'none.jsonl'), at: 1_000 });
    mkdirSync(join(dirname(path), 'x'));
    await readSessionTranscripts(store, '../x/s1', { now: NOW });
    noteEvent(store, { id: '../s1', path: join(dirname(path), 'x', 'none.jsonl'), at: 1_000 });
    await readSessionTranscripts(store, '../s1', { now: NOW });
    expect(operationRows(store)).toEqual([]);
  });

  it('brings nothing back of a session that was forgotten while it was read', () => {
    const { store, read } = scene([
      said('user', 'round the cents', 1_100),
      callLine('t1', 1_200),
      titleLine({ type: 'ai-title', aiTitle: 'Cents', sessionId: 's1' }),
    ]);
    const look = {
      input: () => {
        store.exec('DELETE FROM sessions');
        return undefined;
      },
      result: () => undefined,
    };
    read({ look });
    for (const table of ['sessions', 'messages', 'operations'])
      expect(store.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
  });
});

describe('the reader of a client', () => {
  const OTHER = new Map([
    [
      'other-agent',
      {
        files: (path: string) => [{ path, agentId: null }],
        facts: (line: string) => {
          const [toolUseId = '', at = ''] = line.split(' ');
          const call = { kind: 'call', toolUseId, tool: 'Bash', target: 'ls', at: Number(at) };
          return [{ ...call, kind: 'call' } as const];
        },
      },
    ],
  ]);

  it('reads the sessions of that client', async () => {
    const { store, read, rows } = scene(['o1 1000\n', 'o2 2000\n']);
    store.exec("UPDATE sessions SET client = 'other-agent'");
    await read({ readers: OTHER });
    expect(rows()).toEqual([
      ['o1', 's1', null],
      ['o2', 's1', null],
    ]);
  });

  it('is asked for no session of another client', async () => {
    const { store, read, rows } = scene([callLine('t1', 1_000)]);
    await read({ readers: OTHER });
    expect(rows()).toEqual([]);
    expect(stateOf(store)).toEqual({ state: 'unread', at: null });
  });
});
