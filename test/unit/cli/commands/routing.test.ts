import { describe, expect, it } from 'vitest';
import { inStore, preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const DAY = 86_400_000;

function withRuns(
  ...groups: ReadonlyArray<
    readonly [agentType: string, count: number, daysAgo: number, tokens: number, outcome?: string]
  >
) {
  const folder = preparedStore();
  const sql = `INSERT INTO agent_runs (tool_use_id, session_id, agent_type, model, kind, at, outcome, tokens, duration_ms) VALUES (?, 's', ?, 'claude-sonnet-4-5', 'test', ?, ?, ?, 61000)`;
  inStore(folder, (database) => {
    for (const [index, [agentType, count, daysAgo, tokens, outcome = 'ok']] of groups.entries())
      for (let run = 0; run < count; run += 1)
        database
          .prepare(sql)
          .run(`t${index}-${run}`, agentType, NOW - daysAgo * DAY, outcome, tokens);
  });
  return folder;
}

describe('waymark routing', () => {
  it('shows figures, trends and advice', async () => {
    const folder = withRuns(
      ['general-purpose', 6, 20, 9_000],
      ['Explore', 4, 3, 2_000],
      ['Explore', 2, 20, 2_000],
      ['Explore', 3, 1, 0, 'stopped'],
      ['Explore', 9, 100, 1],
    );
    const { status, out } = await runCommand(folder, ['routing', '--json'], { now: NOW });
    expect(status).toBe(0);
    const { agents, advice } = JSON.parse(out);
    expect(agents).toMatchObject([
      {
        agentType: 'Explore',
        runs: 6,
        successRate: 1,
        tokens: 2_000,
        durationMs: 61_000,
        last7Days: { runs: 4 },
        last30Days: { runs: 6 },
      },
      {
        agentType: 'general-purpose',
        runs: 6,
        last7Days: { runs: 0, successRate: null },
        last30Days: { runs: 6, successRate: 1 },
      },
    ]);
    expect(advice).toMatchObject([
      {
        kind: 'test',
        agentType: 'Explore',
        model: 'claude-sonnet-4-5',
        confidence: expect.any(Number),
      },
    ]);
    const text = (await runCommand(folder, ['routing'], { now: NOW })).out;
    expect(text).toMatch(
      /test {2}Explore .* 6 {2}100 % {3}2,000 {2}1m 1s .* 4 runs, 100 %, 2,000 tokens/,
    );
    expect(text).toContain('For test:  Explore with claude-sonnet-4-5');
  });

  it('gives no advice without a comparison, and says why', async () => {
    const { out } = await runCommand(withRuns(['Explore', 40, 1, 2_000]), ['routing'], {
      now: NOW,
    });
    expect(out).toContain('For test:  no advice, fewer than two');
  });

  it('says when nothing was learned yet', async () => {
    expect((await runCommand(preparedStore(), ['routing'])).out).toBe(
      'No agent has come to an end yet.\n',
    );
  });
});
