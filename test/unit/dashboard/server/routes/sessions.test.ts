import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import type {
  ConversationPartAnswer,
  SessionAnswer,
  SessionsAnswer,
} from '../../../../../lib/dashboard/server/routes/sessions.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import {
  conversationEvents,
  TOLD_SESSION,
  writeConversation,
} from '../../../../support/demo-conversation.ts';
import {
  inStore,
  OTHER,
  preparedStore,
  prepareStore,
  SESSION,
} from '../../../cli/prepared-store.ts';

describe('the list of sessions', () => {
  it('has the latest first, so many as are asked for', async () => {
    const { ask } = testDashboard();
    const ids = async (query: string) =>
      (await ask<SessionsAnswer>(`/api/sessions?${query}`)).sessions.map(({ id }) => id);
    expect(await ids('')).toEqual([OTHER, SESSION]);
    expect(await ids('limit=1')).toEqual([OTHER]);
    expect(await ids('limit=1&offset=1')).toEqual([SESSION]);
    expect(await ids('offset=2')).toEqual([]);
    expect(await ids('project=/work/shop/sub')).toEqual([OTHER]);
  });

  it('is empty where nothing is recorded', async () => {
    const { ask } = testDashboard({ folder: stateFolderAt(`${tempFolder()}/state`, {}, []) });
    expect(await ask('/api/sessions')).toEqual({ sessions: [], costs: {}, states: {}, total: 0 });
  });

  it.each(['limit=0', 'limit=501', 'limit=x', 'limit=-1', 'offset=1.5', 'limit=99999999999999999'])(
    'refuses %s',
    async (query) => {
      const { get } = testDashboard();
      expect((await get(`/api/sessions?${query}`)).status).toBe(400);
    },
  );

  it('shortens a prompt of a megabyte', async () => {
    const folder = preparedStore();
    inStore(folder, (database) =>
      database
        .prepare('UPDATE sessions SET custom_title_at = 1, custom_title = ? WHERE id = ?')
        .run('x'.repeat(1_000_000), SESSION),
    );
    const { get } = testDashboard({ folder });
    expect((await (await get('/api/sessions')).text()).length).toBeLessThan(5_000);
  });
});

describe('tags', () => {
  it('are put on and taken off, and filter the list', async () => {
    const { post, ask } = testDashboard();
    const path = `/api/sessions/${SESSION}/tags`;
    expect(await (await post(path, { add: ['Review', 'later'] })).json()).toMatchObject({
      tags: ['later', 'review'],
    });
    const tagged = await ask<SessionsAnswer>('/api/sessions?tag=review');
    expect(tagged.sessions.map(({ id }) => id)).toEqual([SESSION]);
    await post(path, { remove: ['review'] });
    expect((await ask<SessionsAnswer>('/api/sessions?tag=review')).sessions).toEqual([]);
  });

  it.each([{ add: 'a' }, { add: [7] }, { remove: [null] }, { add: Array(21).fill('a') }])(
    'are refused as %j',
    async (body) => {
      const { post } = testDashboard();
      expect((await post(`/api/sessions/${SESSION}/tags`, body)).status).toBe(400);
    },
  );
});

describe('one session', () => {
  it('has counts, failures, agents and cost, found by the beginning of its id', async () => {
    const { ask } = testDashboard();
    const answer = await ask<SessionAnswer>(`/api/sessions/${SESSION.slice(0, 8)}`);
    expect(answer).toMatchObject({
      session: { id: SESSION, failureCount: 1 },
      counts: { ok: 1, failed: 1 },
      failures: [{ tool: 'Bash', target: 'npm test' }],
      agents: [],
      told: [],
    });
  });

  it.each([
    ['nope', 404],
    ['aaaa', 400],
    ['%00', 404],
    ["' OR 1=1 --", 404],
  ])('is not found as %s', async (id, status) => {
    const { get } = testDashboard();
    expect((await get(`/api/sessions/${encodeURIComponent(id)}`)).status).toBe(status);
  });

  it('has agents below those that started them, also when they are their own parents', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const agent = database.prepare(
        'INSERT INTO agents (session_id, agent_id, type, tool_use_id, started_at) VALUES (?, ?, ?, ?, ?)',
      );
      const call = database.prepare(
        `INSERT INTO operations (tool_use_id, hook_at, hook_session, hook_agent, hook_tool,
           hook_target, hook_outcome) VALUES (?, 1, ?, ?, 'Task', 'look', 'ok')`,
      );
      agent.run(SESSION, 'a1', 'Explore', 'c1', 1);
      agent.run(SESSION, 'a2', 'Plan', 'c2', 2);
      agent.run(SESSION, 'a3', 'Loop', 'c3', 3);
      call.run('c1', SESSION, null);
      call.run('c2', SESSION, 'a1');
      call.run('c3', SESSION, 'a3');
    });
    const { ask } = testDashboard({ folder });
    const { agents } = await ask<SessionAnswer>(`/api/sessions/${SESSION}`);
    expect(agents.map(({ id, children }) => [id, children.map((child) => child.id)])).toEqual([
      ['a1', ['a2']],
      ['a3', []],
    ]);
  });
});

describe('the conversation of a session', () => {
  function conversation() {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    prepareStore(folder, conversationEvents(writeConversation(folder)), 500);
    return testDashboard({ folder });
  }

  it('is read from its transcript, without pictures', async () => {
    const { ask } = conversation();
    const part = await ask<ConversationPartAnswer>(`/api/sessions/${TOLD_SESSION}/conversation`);
    expect(part.origin).toBe('transcript');
    const kinds = new Set(part.entries.map(({ kind }) => kind));
    for (const kind of ['prompt', 'answer', 'call', 'image', 'compaction', 'agent-start'])
      expect([...kinds]).toContain(kind);
    expect(JSON.stringify(part)).not.toContain('base64');
  });

  it('is passed over up to where one asks, and ends where it ends', async () => {
    const { ask } = conversation();
    const path = `/api/sessions/${TOLD_SESSION}/conversation`;
    const all = await ask<ConversationPartAnswer>(path);
    const rest = await ask<ConversationPartAnswer>(`${path}?from=3`);
    expect(rest.entries).toEqual(all.entries.slice(3));
    expect(await ask<ConversationPartAnswer>(`${path}?from=end`)).toEqual(all);
    expect((await ask<ConversationPartAnswer>(`${path}?from=100000`)).entries).toEqual([]);
  });
});
