import { describe, expect, it } from 'vitest';
import type { Cost, CostLine } from '../../../../lib/query/cost.ts';
import type { CostGroup } from '../../../../lib/query/cost-groups.ts';
import { agentFindings } from '../../../../lib/query/reports/agent-findings.ts';
import { type CostFacts, costFindings } from '../../../../lib/query/reports/cost-findings.ts';
import { failureFindings } from '../../../../lib/query/reports/failure-findings.ts';
import { byWeight, named } from '../../../../lib/query/reports/finding.ts';
import { performanceFindings } from '../../../../lib/query/reports/performance-findings.ts';
import type { AgentLine } from '../../../../lib/query/reports/read-agents.ts';
import type { RoutingReport } from '../../../../lib/query/routing.ts';
import { securityFindings } from '../../../../lib/query/reports/security-findings.ts';

const NO_COST: Cost = {
  ...{ answers: 0, input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  ...{ webSearches: 0, dollars: 0, unpriced: 0 },
};

function costFacts(more: Partial<CostFacts>): CostFacts {
  return {
    ...{ total: NO_COST, before: NO_COST, models: [], sessions: [], limits: [], prices: [] },
    until: Date.parse('2026-11-22T12:00:00Z'),
    ...more,
  };
}

const opus = (more: Partial<Cost>): CostLine => ({
  ...{ ...NO_COST, key: 'claude-opus-4-8', unpricedModels: [], answers: 100 },
  ...more,
});

describe('the rules about cost', () => {
  it('find nothing where nothing happened', () => {
    expect(costFindings(costFacts({}))).toEqual([]);
  });

  it('say what smaller contexts would save', () => {
    // 200,000 tokens an answer; half of 20 million read tokens at 0.50 dollars a million
    const [found] = costFindings(costFacts({ models: [opus({ cacheRead: 20_000_000 })] }));
    expect(found).toMatchObject({
      rule: 'large-contexts',
      saves: { dollars: 5, tokens: 10_000_000 },
    });
    expect(found?.message).toContain('200,000 tokens');
  });

  it('say what contexts that are built anew cost', () => {
    // 4 of 10 million cached tokens were written; 3 million of them at 6.25 - 0.50 dollars
    const line = opus({ cacheRead: 6_000_000, cacheWrite5m: 4_000_000 });
    expect(costFindings(costFacts({ models: [line] }))).toMatchObject([
      { rule: 'cache-rewritten', saves: { dollars: 17.25 } },
    ]);
  });

  it('say what prompts without a cache cost', () => {
    // 2 million tokens at 5 - 0.50 dollars
    const line = opus({ input: 2_000_000, cacheRead: 2_000_000 });
    expect(costFindings(costFacts({ models: [line] }))).toMatchObject([
      { rule: 'uncached-input', saves: { dollars: 9 } },
    ]);
  });

  it('say nothing of a model of few answers, or without a price', () => {
    const much = { cacheRead: 20_000_000 };
    const models = [opus({ ...much, answers: 49 }), { ...opus(much), key: 'gpt-x' }];
    expect(costFindings(costFacts({ models }))).toEqual([]);
  });

  it('name a limit that will be reached, one dear session, and what has no price', () => {
    const limit = { configFolder: '', name: 'seven_day', used: 61, resetsAt: '', seenAt: '' };
    const sessions = [{ ...opus({ dollars: 6 }), key: 'aaaa1111-2222', title: 'Fix `rm -rf`' }];
    const facts = costFacts({
      total: { ...NO_COST, answers: 9, dollars: 10, unpriced: 2 },
      sessions,
      limits: [
        { ...limit, pace: 111 },
        { ...limit, name: 'five_hour', pace: 100 },
        { ...limit, pace: null },
      ],
    });
    const found = costFindings(facts);
    expect(found.map(({ rule }) => rule)).toEqual([
      ...['limit-ahead', 'dear-session', 'unpriced-answers'],
    ]);
    expect(found[1]?.message).toBe("One session, `Fix 'rm -rf'`, cost $6.00: 60 % of all.");
  });
});

const RUNS = { runs: 10, ok: 10, failed: 0, stopped: 0, running: 0, successRate: 1 };

function line(more: Partial<AgentLine>): AgentLine {
  return {
    ...{ ...RUNS, tokens: 9_000, durationMs: 1_000, totalTokens: 90_000 },
    ...{ agentType: 'general-purpose', model: 'claude-opus-4-8', kind: 'search' },
    ...more,
  };
}

const NEVER = { runs: 0, successRate: null, tokens: null, durationMs: null };

const ROUTING: RoutingReport = {
  agents: [
    {
      ...{ kind: 'search', agentType: 'Explore', model: 'claude-haiku-4-5', runs: 9, ok: 9 },
      ...{ failed: 0, successRate: 1, tokens: 2_000, durationMs: 1, confidence: 0.9, lastAt: '' },
      ...{ last7Days: NEVER, last30Days: NEVER },
    },
  ],
  advice: [
    {
      ...{ kind: 'search', agentType: 'Explore', model: 'claude-haiku-4-5', confidence: 0.9 },
      reason: '',
    },
  ],
};

function group(key: string, model: string, dollars: number): CostGroup {
  return {
    ...{ key, model, dollars, isFast: false, tier: null, answers: 1, input: 0, output: 0 },
    ...{ cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, webSearches: 0 },
  };
}

describe('the rules about agents', () => {
  const runs = (...lines: readonly AgentLine[]) => ({
    total: line({}),
    types: lines,
    lines,
    days: [],
  });

  it('say what the advised agent would save', () => {
    const found = agentFindings({ agents: runs(line({})), routing: ROUTING, costs: [] });
    expect(found).toMatchObject([{ rule: 'cheaper-agent', saves: { tokens: 70_000 } }]);
  });

  it('say it in dollars where the cost of both is known', () => {
    const advised = line({ agentType: 'Explore', model: 'claude-haiku-4-5', tokens: 2_000 });
    const costs = [
      group('general-purpose', 'claude-opus-4-8', 12),
      group('Explore', 'claude-haiku-4-5-20251001', 2),
    ];
    const found = agentFindings({ agents: runs(line({}), advised), routing: ROUTING, costs });
    expect(found).toMatchObject([
      { rule: 'cheaper-agent', weight: 'high', saves: { tokens: 70_000, dollars: 10 } },
    ]);
  });

  it('name an agent that fails often, and one that is stopped often', () => {
    const lines = [
      line({ kind: 'fix', ok: 4, failed: 6, successRate: 0.4 }),
      line({ kind: 'docs', runs: 8, stopped: 3 }),
    ];
    const found = agentFindings({ agents: runs(...lines), routing: ROUTING, costs: [] });
    expect(found).toMatchObject([
      { rule: 'failing-agent', saves: { tokens: 54_000 } },
      { rule: 'stopped-agents', saves: null },
    ]);
  });
});

const CALLS = { total: 0, failed: 0, rejected: 0, days: [], tools: [] };
const TOLD = { told: 0, heeded: 0, failedAgain: 0, wentWell: 0, unknown: 0 };
const tool = (more: object) => ({
  ...{ tool: 'Bash', calls: 20, failed: 0, rejected: 0, timed: 0, totalMs: 0 },
  ...{ p50Ms: null, p95Ms: null, ...more },
});

describe('the rules about failures', () => {
  it('say what a failure that comes again costs, and what replaces it', () => {
    const top = [
      {
        ...{ pattern: 'pat_1', tool: 'Bash', command: 'npm run tset', error: 'Missing script' },
        ...{ failures: 10, sessions: 2, lastAt: null, fix: 'npm run test' },
      },
    ];
    const total = { ...NO_COST, answers: 4, unpriced: 2, output: 400, dollars: 1 };
    const failures = { failures: 10, patterns: 1, top, warned: TOLD };
    const [found] = failureFindings({ failures, calls: CALLS, total });
    expect(found).toMatchObject({ weight: 'high', saves: { dollars: 5, tokens: 1_000 } });
    expect(found?.message).toBe('`npm run tset` failed 10 times in 2 sessions.');
    expect(found?.change).toContain('`waymark failures set pat_1 auto-fix`');
  });

  it('name tools whose calls fail or are refused, and warnings that are ignored', () => {
    const tools = [tool({ failed: 5 }), tool({ tool: 'Edit', rejected: 3 }), tool({ failed: 4 })];
    const warned = { ...TOLD, told: 5, failedAgain: 3 };
    const failures = { failures: 0, patterns: 0, top: [], warned };
    const found = failureFindings({ failures, calls: { ...CALLS, tools }, total: NO_COST });
    expect(found.map(({ rule }) => rule)).toEqual([
      ...['failing-tool', 'rejected-calls', 'ignored-warnings'],
    ]);
  });
});

describe('the rules about performance', () => {
  const disk = {
    ...{ total: 91, store: 0, queue: 0, log: 0, throttle: 0, views: 0, archive: 0 },
    ...{ installation: 0, other: 0 },
  };
  const own = { workerCpuMs: null, disk, diskBudget: 100, told: {}, tokensAtMost: 0 };
  const worker = {
    ...{ processed: 0, failed: 0, dead: 0, p50Ms: 1, p95Ms: 101, worstP95Ms: 300 },
    ...{ mostPerSecond: 0, cpuMs: null, samples: 1, days: [] },
  };
  const backlog = {
    ...{ pending: 1, delayed: 0, processing: 0, deadEntries: 1, deadDeliveries: 2 },
    ...{ workers: 0, stuck: 0, hookErrors: 3 },
  };
  const stats = {
    ...{ handler: 'user/notify', builtIn: false, runs: 10, failures: 2, waits: 0, done: 8 },
    ...{ due: 0, running: 0, dead: 0, p50Ms: 1, p95Ms: 10_001, lastAt: null, lastError: null },
  };

  it('name each thing that is wrong', () => {
    const slow = tool({ timed: 20, totalMs: 600_000, p50Ms: 10_000, p95Ms: 61_000 });
    const calls = { ...CALLS, tools: [slow] };
    const found = performanceFindings({ worker, backlog, handlers: [stats], calls, own });
    expect(found.map(({ rule }) => rule)).toEqual([
      ...['no-worker', 'dead-letters', 'hook-errors', 'slow-worker', 'failing-handler'],
      ...['slow-handler', 'slow-tool', 'disk-nearly-full'],
    ]);
    expect(found.find(({ rule }) => rule === 'slow-tool')?.saves).toEqual({ ms: 400_000 });
  });

  it('name nothing where all is well', () => {
    const well = {
      worker: { ...worker, p95Ms: 100 },
      backlog: { ...backlog, pending: 0, deadEntries: 0, deadDeliveries: 0, hookErrors: 0 },
      handlers: [{ ...stats, failures: 1, p95Ms: 10_000 }],
      calls: CALLS,
      own: { ...own, diskBudget: 102 },
    };
    expect(performanceFindings(well)).toEqual([]);
  });
});

describe('the rules about security', () => {
  it('turn each failed check into something to do, and name what doubled', () => {
    const levels = { critical: 1, high: 5, medium: 0, low: 0, other: 0 };
    const events = { total: 6, levels, lines: [], days: [], scans: [] };
    const before = { ...events, levels: { ...levels, critical: 0, high: 3 } };
    const check = { id: 'x', isGrave: true, message: 'Bad.', remedy: 'Do it.' };
    const found = securityFindings(events, before, [
      { ...check, ok: false },
      { ...check, ok: true },
    ]);
    expect(found.map(({ rule, weight }) => [rule, weight])).toEqual([
      ['check-x', 'high'],
      ['security-rises', 'medium'],
    ]);
  });
});

describe('findings', () => {
  it('come heaviest first, then by what they save', () => {
    const one = { rule: 'a', message: '', change: '' } as const;
    const found = byWeight([
      { ...one, weight: 'low', saves: { dollars: 99 } },
      { ...one, weight: 'high', saves: { tokens: 5 } },
      { ...one, weight: 'high', saves: { dollars: 1 } },
      { ...one, weight: 'high', saves: null },
    ]);
    expect(found.map(({ saves }) => saves)).toEqual([
      { dollars: 1 },
      { tokens: 5 },
      null,
      { dollars: 99 },
    ]);
  });

  it('quote names so that nothing in them ends the quotation', () => {
    expect(named('a`b\nc')).toBe("`a'b c`");
    expect(named('')).toBe('`?`');
    expect(named('x'.repeat(1_000_000)).length).toBe(82);
  });
});
