import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readCost } from '../../../../lib/query/cost.ts';
import { COST_BY } from '../../../../lib/query/cost-query.ts';
import { askReport } from '../../../../lib/query/reports/ask-report.ts';
import {
  type ReportData,
  type ReportSource,
  readReport,
} from '../../../../lib/query/reports/read-report.ts';
import { REPORT_NAMES, type ReportName } from '../../../../lib/query/reports/report-names.ts';
import { lastDays } from '../../../../lib/query/reports/report-span.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { BEGIN, fillWeek, NOW } from '../../../support/report-store.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testStore } from '../../../support/test-store.ts';

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC');
  return () => vi.unstubAllEnvs();
});

function sourceOf(database: Database): ReportSource {
  const root = tempFolder();
  const folder = stateFolderAt(root, {}, [root]);
  return { database, folder, span: lastDays(7, NOW), prices: [], diskBudget: 1_000_000 };
}

function weekStore(): Database {
  const store = testStore();
  fillWeek(store);
  return store;
}

async function week<Name extends ReportName>(
  name: Name,
  store = weekStore(),
): Promise<Extract<ReportData, { readonly report: Name }>> {
  const report = await readReport(name, sourceOf(store));
  if (!isNamed(report, name)) throw new Error(report.report);
  return report;
}

function isNamed<Name extends ReportName>(
  report: ReportData,
  name: Name,
): report is Extract<ReportData, { readonly report: Name }> {
  return report.report === name;
}

describe('the weekly report', () => {
  it('counts what happened in the seven days, and before', async () => {
    const { activity, calls, before, since, until, zone } = await week('weekly');
    expect({ since, until, zone }).toEqual({
      since: '2026-11-16T00:00:00.000Z',
      until: '2026-11-22T12:00:00.000Z',
      zone: 'UTC',
    });
    expect(activity).toEqual({
      ...{ sessions: 2, begun: 2, prompts: 3, checkpoints: 2, compactions: 1 },
      days: [
        { day: '2026-11-16', begun: 1, prompts: 1 },
        { day: '2026-11-17', begun: 0, prompts: 1 },
        { day: '2026-11-22', begun: 1, prompts: 1 },
      ],
      projects: [
        { project: '/work/docs', sessions: 1 },
        { project: '/work/shop', sessions: 1 },
      ],
    });
    expect(calls).toMatchObject({ total: 10, failed: 2, rejected: 1 });
    expect(calls.days).toEqual([
      { day: '2026-11-16', calls: 8, failed: 1 },
      { day: '2026-11-22', calls: 2, failed: 1 },
    ]);
    expect(before.activity).toMatchObject({ sessions: 1, begun: 1, checkpoints: 1 });
    expect(before.calls).toMatchObject({ total: 1, failed: 0 });
  });

  it('says what waymark itself took', async () => {
    const { own } = await week('weekly');
    expect(own).toMatchObject({ workerCpuMs: 850, diskBudget: 1_000_000, told: {} });
  });

  it('counts the texts that Claude was told, and how long they can be at most', async () => {
    const store = weekStore();
    const told = store.prepare(
      "INSERT INTO told (id, session_id, kind, about, detail, at) VALUES (?, 's1', ?, 'p', '{}', ?)",
    );
    told.run('t1', 'failure', BEGIN);
    told.run('t2', 'failure', NOW - 1);
    told.run('t3', 'resume', BEGIN);
    told.run('t4', 'resume', BEGIN - 1);
    const { own } = await week('weekly', store);
    expect(own).toMatchObject({ told: { failure: 2, resume: 1 }, tokensAtMost: 738 });
  });
});

describe('the cost report', () => {
  it('has the sums of waymark cost, whatever they are added up by', async () => {
    const store = weekStore();
    const { cost } = await week('cost', store);
    const lines = {
      ...{ day: cost.days, project: cost.projects, model: cost.models },
      ...{ session: cost.sessions, agent: cost.agents },
    };
    for (const by of COST_BY) {
      const asked = await readCost(store, { by, since: BEGIN, limit: 99, prices: [] });
      expect(lines[by], by).toEqual(asked.lines);
      expect(cost.total, by).toEqual(asked.total);
    }
  });

  it('has the dollars that a person works out, and what has no price apart', async () => {
    const { cost, findings } = await week('cost');
    expect(cost.total).toMatchObject({ answers: 3, dollars: 2.75, unpriced: 1 });
    expect(cost.before).toMatchObject({ answers: 1, dollars: 1 });
    // 21.5 of 30 days are over: 3.75 dollars * 30 / 21.5
    expect(cost.month).toEqual({ month: '2026-11', dollars: 3.75, atThisPace: 5.23 });
    expect(findings.map(({ rule }) => rule)).toEqual(['cost-rises', 'unpriced-answers']);
  });
});

describe('the security report', () => {
  it('counts each event once, a replay not at all', async () => {
    const { events, before } = await week('security');
    expect(events.levels).toEqual({ critical: 1, high: 2, medium: 0, low: 0, other: 0 });
    expect(events.lines).toEqual([
      {
        ...{ type: 'secret_found', rule: 'secret-in-input', severity: 'critical' },
        ...{ message: 'A secret stands', count: 1, ran: 0, sessions: 1 },
        lastAt: '2026-11-22T11:00:00.000Z',
      },
      {
        ...{ type: 'risky_command', rule: 'run-download', severity: 'high' },
        ...{ message: 'A command runs text', count: 2, ran: 1, sessions: 1 },
        lastAt: '2026-11-16T11:00:00.000Z',
      },
    ]);
    expect(events.days).toMatchObject([
      { day: '2026-11-16', high: 2 },
      { day: '2026-11-22', critical: 1 },
    ]);
    expect(before.total).toBe(1);
  });

  it('takes the latest scan of each scanner and folder', async () => {
    const { events } = await week('security');
    expect(events.scans).toEqual([
      {
        ...{ scanner: 'npm-audit', project: '/work/shop', findings: 3, grave: 2 },
        at: '2026-11-22T11:00:00.000Z',
      },
    ]);
  });

  it('is at risk while a secret was seen or a vulnerability is open', async () => {
    const { posture, checklist } = await week('security');
    expect(posture).toBe('at risk');
    expect(checklist.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual([
      ...['hooks', 'secrets', 'vulnerabilities', 'audit'],
    ]);
  });
});

describe('the routing report', () => {
  it('rates runs that went well or failed, and counts those that were stopped', async () => {
    const { agents, before } = await week('routing');
    expect(agents.total).toEqual({
      ...{ runs: 5, ok: 2, failed: 1, stopped: 1, running: 1, successRate: 2 / 3 },
      ...{ tokens: 2_000, durationMs: 80_000, totalTokens: 4_000 },
    });
    expect(agents.types.map(({ agentType, runs }) => [agentType, runs])).toEqual([
      ['Explore', 4],
      ['general-purpose', 1],
    ]);
    expect(agents.days).toEqual([
      { day: '2026-11-16', ok: 2, failed: 0, stopped: 0 },
      { day: '2026-11-22', ok: 0, failed: 1, stopped: 1 },
    ]);
    expect(before.total.runs).toBe(1);
  });
});

describe('the performance report', () => {
  it('adds up how far the figures of each worker have grown', async () => {
    const { worker } = await week('performance');
    // w1: from 100 to 150, w2 from its start to 7
    expect(worker).toMatchObject({ processed: 57, failed: 2, dead: 1, cpuMs: 850, samples: 3 });
    expect(worker).toMatchObject({ p50Ms: 3, p95Ms: 14, worstP95Ms: 20, mostPerSecond: 3 });
    expect(worker.days.map(({ day, processed }) => [day, processed])).toEqual([
      ['2026-11-16', 50],
      ['2026-11-22', 7],
    ]);
  });

  it('has how long calls of each tool took, most time first', async () => {
    const { calls } = await week('performance');
    expect(calls.tools).toEqual([
      // 1 to 6 s, and a failed one of half a second
      {
        ...{ tool: 'Bash', calls: 7, failed: 1, rejected: 0, timed: 7, totalMs: 21_500 },
        ...{ p50Ms: 3_000, p95Ms: 6_000 },
      },
      {
        ...{ tool: 'Read', calls: 1, failed: 1, rejected: 0, timed: 1, totalMs: 30 },
        ...{ p50Ms: 30, p95Ms: 30 },
      },
      {
        ...{ tool: 'Edit', calls: 2, failed: 0, rejected: 1, timed: 1, totalMs: 20 },
        ...{ p50Ms: 20, p95Ms: 20 },
      },
    ]);
  });
});

describe('every report', () => {
  it.each(REPORT_NAMES)('is the same when it is read twice: %s', async (name) => {
    const store = weekStore();
    const source = sourceOf(store);
    expect(await readReport(name, source)).toEqual(await readReport(name, source));
  });

  it.each(REPORT_NAMES)('is empty while there is no store: %s', async (name) => {
    const { database: _none, ...source } = sourceOf(testStore());
    const { report, sessions } = await askReport(name, source);
    expect(report).toMatchObject({ report: name, madeBy: 'waymark' });
    expect(sessions).toEqual([]);
  });

  it.each(['Asia/Kolkata', 'Asia/Kathmandu', 'America/St_Johns', 'Europe/Berlin'])(
    'begins its days at midnight in %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      const store = weekStore();
      for (const days of [7, 300]) {
        const source = { ...sourceOf(store), span: lastDays(days, NOW) };
        const report = await readReport('weekly', source);
        const begin = new Date(report.since);
        expect([begin.getHours(), begin.getMinutes(), begin.getSeconds()]).toEqual([0, 0, 0]);
        expect(report).toMatchObject({ calls: { total: days === 7 ? 10 : 11 } });
      }
    },
  );

  it('counts a call from midnight of the local clock on to the next day', async () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    const store = weekStore();
    const move = store.prepare('UPDATE operations SET at = ? WHERE tool_use_id = ?');
    const moved = `toolu_s1_${BEGIN + 11 * 3_600_000}`;
    const days: unknown[] = [];
    for (const at of ['2026-11-16T18:29:59.999Z', '2026-11-16T18:30:00.000Z']) {
      move.run(Date.parse(at), moved);
      const { calls } = await week('weekly', store);
      days.push(calls.days.map(({ day, calls: count }) => `${day}: ${count}`));
    }
    expect(days).toEqual([
      ['2026-11-16: 8', '2026-11-22: 2'],
      ['2026-11-16: 7', '2026-11-17: 1', '2026-11-22: 2'],
    ]);
  });
});
