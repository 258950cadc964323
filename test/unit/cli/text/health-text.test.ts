import { describe, expect, it } from 'vitest';
import { formatHealthRows } from '../../../../lib/cli/text/health-text.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import type { Status } from '../../../../lib/query/status.ts';

const PAINT = createPaint(false);
const WELL = { score: 100, reasons: [] };
const POLLING = { code: 'polling', points: 30, text: 'it polls' } as const;
const FULL = { code: 'context-full', points: 40, text: 'the context is 97 % full' } as const;

type Shown = Parameters<typeof formatHealthRows>[0];

function rows(health: Partial<Status['health']>, dead: readonly string[] = []): readonly string[] {
  const whole = { workers: [], sessions: [], lastHour: [], ...health };
  const workers = whole.workers.map(({ id, leader }) => ({
    ...{ id, leader, pid: 1, mode: 'polling', heartbeat: null },
    state: dead.includes(id) ? ('dead' as const) : ('idle' as const),
  }));
  const shown: Shown = { health: whole, workers };
  return formatHealthRows(shown, PAINT).map((row) => row.join(' | '));
}

const worker = (id: string, own: Partial<Status['health']['workers'][number]> = {}) => ({
  ...{ id, leader: true, ...WELL, ...own },
});

describe('formatHealthRows', () => {
  it('says nothing without a living worker and with sessions that are well', () => {
    expect(rows({})).toEqual([]);
    expect(rows({ workers: [worker('w1', { score: 0 })] }, ['w1'])).toEqual([]);
    expect(rows({ sessions: [{ id: 's', project: null, ...WELL }] })).toEqual([]);
  });

  it('names each reason with its points', () => {
    expect(
      rows({ workers: [worker('w1'), worker('w2', { score: 70, reasons: [POLLING] })] }),
    ).toEqual(['Health | 100 of 100', ' | 70 of 100: it polls (−30)']);
  });

  it('draws the last hour only when something was wrong in it', () => {
    const sample = (score: number) => ({ at: '2026-11-22T12:00:00.000Z', score });
    const drawn = (scores: readonly number[]) =>
      rows({ workers: [worker('w1')], lastHour: scores.map(sample) });
    expect(drawn([100, 100])).toEqual(['Health | 100 of 100']);
    expect(drawn([100, 50, 0, 120])).toEqual(['Health | 100 of 100 · last hour █▅▁█']);
    expect(drawn(Array.from({ length: 60 }, () => 50))[0]).toMatch(/ ▅{20}$/);
  });

  it('names sessions that are not well, at most five, without control characters', () => {
    const session = (index: number) => ({
      ...{ id: `0000000${index}-1`, project: '/work/\u001b[31mshop', score: 60, reasons: [FULL] },
    });
    const shown = rows({ sessions: Array.from({ length: 9 }, (_none, index) => session(index)) });
    expect(shown).toHaveLength(5);
    expect(shown[0]).toMatch(/^Health \| 60 of 100: the context is 97 % full \(−40\) 00000000 /);
    expect(shown.join('')).not.toContain('\u001b');
  });
});
