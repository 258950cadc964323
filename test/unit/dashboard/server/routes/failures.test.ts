import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import type { FailuresAnswer } from '../../../../../lib/dashboard/server/routes/failures.ts';
import { PRIORITY } from '../../../../../lib/events/envelope.ts';
import { filesIn } from '../../../../support/run-hook.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { at, preparedStore } from '../../../cli/prepared-store.ts';

/** A store that knows of one failure, with a server that starts no worker. */
function dashboardWithFailure() {
  const call = { tool: 'Bash', target: 'npm run tset', outcome: 'failed', tool_use_id: 'toolu_9' };
  const own = { session_id: 's1', project: '/work/shop' };
  const folder = preparedStore([
    ['session.started', 0, own],
    ['task.failed', 1, { ...own, call: { ...call, error: 'npm error Missing script: "tset"' } }],
  ]);
  return testDashboard({ folder, environment: { WAYMARK_AUTOSTART: 'false' } });
}

describe('GET /api/failures', () => {
  it('has what is known to fail, and how often Claude was told', async () => {
    const { failures, told, failedCalls } =
      await dashboardWithFailure().ask<FailuresAnswer>('/api/failures');
    expect(failures).toMatchObject([
      { tool: 'Bash', count: 1, action: 'warn', lastSeen: at(1), told: { told: 0 } },
    ]);
    expect([told.told, failedCalls]).toEqual([0, 1]);
  });

  it('answers where nothing is recorded yet', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const answer = await testDashboard({ folder }).ask<FailuresAnswer>('/api/failures');
    expect(answer).toMatchObject({ failures: [], failedCalls: 0 });
  });
});

describe('POST /api/failures/:id', () => {
  it.each([
    [{ change: 'set', action: 'mute' }, { action: 'mute' }],
    [{ change: 'delete' }, { deleted: true }],
  ])('queues the change %j', async (body, change) => {
    const { ask, post, folder } = dashboardWithFailure();
    const [failure] = (await ask<FailuresAnswer>('/api/failures')).failures;
    const response = await post(`/api/failures/${failure?.id}`, body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ patternId: failure?.id, change, isStored: false });
    expect(filesIn(`${folder.queue}/pending/${PRIORITY.failure}`)).toHaveLength(1);
  });

  it.each([
    [{ change: 'forget' }, 400],
    [{ change: 'set' }, 400],
    [{ change: 'set', action: 'explode' }, 400],
    [{ change: 'set', action: 'auto-fix' }, 400],
    ['no JSON', 400],
  ])('refuses %j', async (body, status) => {
    const { ask, post } = dashboardWithFailure();
    const [failure] = (await ask<FailuresAnswer>('/api/failures')).failures;
    expect((await post(`/api/failures/${failure?.id}`, body)).status).toBe(status);
  });

  it('says that a failure is not known', async () => {
    const { post } = dashboardWithFailure();
    expect((await post('/api/failures/pat_no', { change: 'delete' })).status).toBe(404);
  });
});
