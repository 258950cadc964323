import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type {
  DiskAnswer,
  ExtensionsAnswer,
  SystemAnswer,
} from '../../../../../lib/dashboard/server/routes/system.ts';
import { writeTestHeartbeat } from '../../../../support/metrics-place.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { inStore, preparedStore, START } from '../../../cli/prepared-store.ts';

const NOW = START + 300_000;

describe('GET /api/system', () => {
  it('has workers with their health, and the course of the last hour', async () => {
    const folder = preparedStore();
    writeTestHeartbeat(folder, NOW);
    inStore(folder, (database) =>
      database.prepare("INSERT INTO metrics VALUES (?, 'w1', 'health', 85)").run(NOW - 60_000),
    );
    const { ask } = testDashboard({ folder, now: NOW });
    const { workers, health } = await ask<SystemAnswer>('/api/system');
    expect(workers).toMatchObject([{ id: 'w1', mode: 'polling' }]);
    expect(health.workers[0]?.reasons.map(({ code }) => code)).toContain('polling');
    expect(health.lastHour).toMatchObject([{ score: 85 }]);
  });

  it('has the size of each kind of files, the largest first, with its budget', async () => {
    const { ask } = testDashboard({ now: NOW });
    const { kinds, total, budget, cleaned } = await ask<DiskAnswer>('/api/system/disk');
    expect(kinds[0]?.kind).toBe('store');
    expect(kinds.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(total);
    expect(budget).toBe(5_368_709_120);
    expect(cleaned).toBeNull();
  });

  it('has handlers, webhooks and schedules, and what is wrong with a list of webhooks', async () => {
    const folder = preparedStore();
    writeFileSync(`${folder.root}/webhooks.json`, 'broken');
    const { ask } = testDashboard({ folder, now: NOW });
    const answer = await ask<ExtensionsAnswer>('/api/system/extensions');
    expect(answer.handlers.some(({ kind }) => kind === 'builtin')).toBe(true);
    expect(answer.schedules.map(({ name }) => name)).toContain('cleanup');
    expect(answer.webhooks).toMatchObject({ rows: [] });
    expect(answer.webhooks.problems[0]).toMatch(/^Cannot read .*webhooks\.json/);
  });
});

describe('GET /metrics', () => {
  it('is there for the bearer of the token, in the format of Prometheus', async () => {
    const { fetch, get } = testDashboard({ now: NOW });
    expect((await fetch('/metrics')).status).toBe(401);
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('waymark_sessions_recorded 2\n');
  });
});
