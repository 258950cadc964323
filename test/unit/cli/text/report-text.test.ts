import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import { formatReport } from '../../../../lib/cli/text/report-text.ts';
import type { Finding } from '../../../../lib/query/reports/finding.ts';
import type { Chart } from '../../../../lib/report/chart-svg.ts';
import type { Block } from '../../../../lib/report/report-document.ts';

function shown(block: Block, width = 60, hasColour = false): readonly string[] {
  const document = { title: 'Cost', facts: [], sections: [{ title: 'Part', blocks: [block] }] };
  const paint = createPaint(hasColour);
  const runnable = (text: string): string => text.replaceAll('`waymark', '`node waymark.cjs');
  return formatReport(document, { paint, width, runnable }).slice(5);
}

const TABLE: Block = {
  kind: 'table',
  table: {
    columns: [
      { name: 'Session' },
      ...['Answers', 'Input', 'Output', 'Cost'].map((name) => ({ name, isNumber: true })),
    ],
    rows: [['d50e3c3e <a> of the shop', '11', '132', '660', '$0.18']],
    total: ['all', '11', '132', '660', '$0.18'],
    empty: 'None.',
  },
};

describe('a report on a terminal', () => {
  it('aligns tables, and leaves out figures in the middle before the last one', () => {
    expect(shown(TABLE)).toEqual([
      '  SESSION                   ANSWERS  INPUT  OUTPUT   COST',
      '  d50e3c3e <a> of the shop       11    132     660  $0.18',
      '  all                            11    132     660  $0.18',
    ]);
    expect(shown(TABLE, 34)[1]).toBe('  d50e3c3e <a> of…       11  $0.18');
  });

  it('counts no colours as columns', () => {
    const plain = shown(TABLE, 60, true).map((line) => line.replaceAll(/\u001b\[\d+m/g, ''));
    expect(plain).toEqual(shown(TABLE));
  });

  it('breaks findings between words, commands whole as they are typed here', () => {
    const change = 'See `waymark docs cost` for more of it and for what it counts.';
    const finding: Finding = {
      weight: 'low',
      rule: 'x',
      message: 'Too dear.',
      change,
      saves: null,
    };
    const lines = shown({ kind: 'findings', findings: [finding] }, 40);
    expect(lines).toEqual([
      '  • low: Too dear. See',
      '    `node waymark.cjs docs cost` for',
      '    more of it and for what it counts.',
    ]);
  });

  it('draws a chart with a line for each label that has a figure', () => {
    const series = [{ name: 'cost', values: [1, 0, 2] }];
    const labels = ['a', 'b', 'c'];
    const chart: Chart = { title: 'By day', labels, series, shape: 'bars', format: String };
    expect(shown({ kind: 'chart', chart })).toEqual([
      'By day',
      `  a  1  ${'█'.repeat(15)}`,
      `  c  2  ${'█'.repeat(30)}`,
    ]);
  });
});
