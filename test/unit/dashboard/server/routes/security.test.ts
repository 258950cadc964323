import { describe, expect, it } from 'vitest';
import type { SecurityAnswer } from '../../../../../lib/dashboard/server/routes/security.ts';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { preparedStore } from '../../../cli/prepared-store.ts';

const RISK = {
  ...{ session_id: 's1', rule: 'force-push-main', severity: 'high', tool: 'Bash' },
  ...{ message: 'A command replaces a branch', tool_use_id: 't1', command: 'git push -f' },
};

describe('GET /api/security', () => {
  it('has findings, posture and checklist of the last days', async () => {
    const folder = preparedStore([
      ['security.risky_command', 10, RISK],
      ['security.risky_command', 20, { ...RISK, tool_use_id: 't2' }],
    ]);
    const { ask } = testDashboard({ folder });
    const answer = await ask<SecurityAnswer>('/api/security');
    expect(answer.days).toBe(30);
    expect(answer.events.lines).toMatchObject([{ rule: 'force-push-main', count: 2 }]);
    expect(answer.checks.map(({ id }) => id)).toContain('state-folder');
    expect(['good', 'attention', 'at risk']).toContain(answer.posture);
  });

  it('answers without a store', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const { ask, get } = testDashboard({ folder });
    const answer = await ask<SecurityAnswer>('/api/security?days=7');
    expect(answer).toMatchObject({
      days: 7,
      events: { total: 0, lines: [] },
      before: { total: 0 },
    });
    expect((await get('/api/security?days=0')).status).toBe(400);
  });
});
