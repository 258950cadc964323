import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStatsCache } from '../../../lib/claude/stats-cache.ts';

describe('parseStatsCache', () => {
  it('gives the days with what was counted on them', () => {
    const text = JSON.stringify({
      version: 2,
      dailyActivity: [{ date: '2026-11-02', messageCount: 4, sessionCount: 1, toolCallCount: 2 }],
      dailyModelTokens: [
        { date: '2026-11-01', tokensByModel: { 'claude-opus-4-8': 70, other: -1, third: 'x' } },
        { date: 'never', tokensByModel: { x: 1 } },
      ],
    });
    expect(parseStatsCache(text)).toEqual([
      {
        day: '2026-11-01',
        messages: 0,
        sessions: 0,
        calls: 0,
        tokens: new Map([['claude-opus-4-8', 70]]),
      },
      { day: '2026-11-02', messages: 4, sessions: 1, calls: 2, tokens: new Map() },
    ]);
  });

  it('never throws, whatever JSON is there', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        parseStatsCache(JSON.stringify({ dailyActivity: one, dailyModelTokens: other }));
        parseStatsCache(JSON.stringify(one));
      }),
    );
  });
});
