import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../lib/core/clock.ts';
import { computeRoutingFigures, LOOK_BACK_MS } from '../../../lib/features/routing/advice.ts';
import { readRatedRuns } from '../../../lib/features/routing/table.ts';
import { readRouting } from '../../../lib/query/routing.ts';
import { addRows } from '../../support/report-store.ts';
import { emptyStores } from '../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

/** Ages around the limits of a week, a month and 90 days, and from a clock that is ahead. */
const age = fc.oneof(
  fc.integer({ min: -DAY_MS, max: 95 * DAY_MS }),
  fc.constantFrom(...[0, 7, 30, 90].flatMap((days) => [days * DAY_MS, days * DAY_MS + 1])),
);

const run = fc.record({
  age,
  kind: fc.constantFrom('test', 'search'),
  agent_type: fc.constantFrom('Explore', 'Plan'),
  outcome: fc.constantFrom('ok', 'failed', 'rejected'),
  tokens: fc.option(fc.nat(9_000)),
  duration_ms: fc.option(fc.nat(9_000)),
});

describe('how agents do', () => {
  it('is what their runs add up to, of a week, a month and 90 days', async () => {
    const empty = emptyStores();
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 40 }), async (runs) => {
        const store = empty();
        for (const [nth, { age: ago, ...row }] of runs.entries())
          addRows(store, 'agent_runs', {
            ...{ tool_use_id: `t${nth}`, session_id: 's', model: 'claude-haiku-4-5' },
            ...{ ...row, at: NOW - ago },
          });
        const within = (days: number) =>
          computeRoutingFigures(readRatedRuns(store, NOW - days * DAY_MS), NOW);
        const { agents } = await readRouting(store, NOW);
        const all = within(LOOK_BACK_MS / DAY_MS);
        expect(
          agents.map(({ confidence: _, last7Days: _week, last30Days: _month, ...line }) => line),
        ).toEqual(
          all.map(({ confidence: _, lastAt, ...line }) => ({
            ...line,
            lastAt: new Date(lastAt).toISOString(),
          })),
        );
        for (const [
          at,
          { confidence, last7Days, last30Days, kind, agentType },
        ] of agents.entries()) {
          // a day counts as if all its runs were of its middle
          expect(Math.abs(confidence - (all[at]?.confidence ?? 0))).toBeLessThan(0.011);
          for (const [days, part] of [
            [7, last7Days],
            [30, last30Days],
          ] as const) {
            const own = within(days).find(
              (one) => one.kind === kind && one.agentType === agentType,
            );
            expect(part).toEqual({
              runs: own?.runs ?? 0,
              successRate: own?.successRate ?? null,
              tokens: own?.tokens ?? null,
              durationMs: own?.durationMs ?? null,
            });
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
