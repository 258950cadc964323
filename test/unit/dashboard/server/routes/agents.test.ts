import { describe, expect, it } from 'vitest';
import type { AgentsAnswer } from '../../../../../lib/dashboard/server/routes/agents.ts';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { inStore, preparedStore, SESSION, START } from '../../../cli/prepared-store.ts';

describe('GET /api/agents', () => {
  it('has the figures of each kind of agent by kind of task, and the advice', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const insert = database.prepare(
        `INSERT INTO agent_runs (tool_use_id, session_id, agent_type, model, kind, at, outcome,
           tokens, duration_ms) VALUES (?, ?, 'Explore', 'opus', 'search', ?, ?, 1000, 4000)`,
      );
      insert.run('t1', SESSION, START, 'ok');
      insert.run('t2', SESSION, START, 'failed');
    });
    const answer = await testDashboard({ folder }).ask<AgentsAnswer>('/api/agents');
    expect(answer.agents).toMatchObject([
      { kind: 'search', agentType: 'Explore', runs: 2, successRate: 0.5, tokens: 1_000 },
    ]);
    expect(answer.advice).toMatchObject([{ kind: 'search', agentType: null }]);
  });

  it('answers where nothing is recorded yet', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    expect(await testDashboard({ folder }).ask('/api/agents')).toEqual({ agents: [], advice: [] });
  });
});
