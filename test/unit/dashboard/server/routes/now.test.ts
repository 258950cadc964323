import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import type { NowAnswer } from '../../../../../lib/dashboard/server/routes/now.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { inStore, OTHER, preparedStore, START } from '../../../cli/prepared-store.ts';

describe('GET /api/now', () => {
  it('has the sessions that go on, with what they do', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const insert = database.prepare(
        `INSERT INTO operations (tool_use_id, hook_at, hook_session, hook_tool, hook_target,
           hook_outcome) VALUES (?, ?, ?, 'Bash', ?, 'ok')`,
      );
      insert.run('t1', START + 50_000, OTHER, 'npm test');
      insert.run('t2', START + 51_000, OTHER, 'npm run build');
    });
    const { ask } = testDashboard({ folder });
    const { sessions } = await ask<NowAnswer>('/api/now');
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({
      session: { id: OTHER, endedAt: null },
      state: { state: 'waiting-for-you' },
      lastCall: { tool: 'Bash', target: 'npm run build', outcome: 'ok' },
      openAgents: 0,
      cost: null,
    });
  });

  it('forgets a session of which nothing is heard for an hour', async () => {
    const { ask } = testDashboard({ now: START + 3_700_000 });
    expect((await ask<NowAnswer>('/api/now')).sessions).toEqual([]);
  });

  it('answers where nothing is recorded yet', async () => {
    const { ask } = testDashboard({ folder: stateFolderAt(`${tempFolder()}/state`, {}, []) });
    const answer = await ask<NowAnswer>('/api/now');
    expect(answer).toMatchObject({ sessions: [], history: [] });
    expect(answer.summary.counts?.total).toBe(0);
  });

  it('says what is wrong with a store that cannot be read, instead of failing', async () => {
    const folder = preparedStore();
    rmSync(`${folder.store}-wal`, { force: true });
    writeFileSync(folder.store, 'no database at all'.repeat(500));
    const { get } = testDashboard({ folder });
    const response = await get('/api/now');
    expect(response.status).toBe(200);
    const { problems, sessions }: NowAnswer = JSON.parse(await response.text());
    expect(sessions).toEqual([]);
    expect(problems.map(({ text }) => text).join('\n')).toMatch(/The store is corrupt/);
  });

  it('adds up the figures of workers by the minute', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const insert = database.prepare(
        'INSERT INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?)',
      );
      insert.run(START, 'w1', 'throughput', 2);
      insert.run(START + 1_000, 'w2', 'throughput', 3);
      insert.run(START + 1_000, 'w2', 'latency_p95_ms', 40);
      insert.run(START + 60_000, 'w1', 'throughput', 1);
      insert.run(START + 60_000, 'w1', 'processed', 9_000);
    });
    const { ask } = testDashboard({ folder });
    const { history } = await ask<NowAnswer>('/api/now');
    expect(history.map(({ throughput, latencyP95 }) => [throughput, latencyP95])).toEqual([
      [5, 40],
      [1, null],
    ]);
  });
});
