import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isMet, type Row } from '../../bench/benchmark.ts';
import { renderMarkdown, renderText } from '../../bench/render.ts';
import { readReport, type Report, writeFigures, writeReport } from '../../bench/report.ts';
import { median, quantile, shuffled } from '../../bench/statistics.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const FAST: Row = {
  what: 'fast',
  cells: { 'ms each': 1.234, '/s': 81_234.5 },
  goals: [{ cell: 'ms each', atMost: 2 }],
};
const SLOW: Row = {
  what: 'slow',
  cells: { 'ms each': 12.34 },
  goals: [{ cell: 'ms each', atMost: 2 }],
  note: 'on purpose',
};

const REPORT: Report = {
  format: 1,
  at: '2026-11-22T04:48:32.123Z',
  seconds: 125,
  quick: false,
  machine: {
    system: 'Linux',
    cores: 2,
    processor: 'p',
    memoryGb: 8,
    node: 'v20.20.2',
    shell: 'dash',
    fileSystem: 'ext4',
    moments: [{ load: 0.1, filesPerSecond: 30_000 }],
  },
  results: [
    {
      benchmark: 'sample',
      title: 'How fast',
      seconds: 3,
      rows: [FAST, SLOW],
      skipped: ['the third: not here'],
    },
  ],
};

describe('the figures of a benchmark', () => {
  it('are the values at the nearest rank', () => {
    expect([
      median([3, 1, 2]),
      quantile([5, 4, 3, 2, 1], 0.1),
      quantile([5, 4, 3, 2, 1], 0.95),
    ]).toEqual([2, 1, 5]);
    expect(median([])).toBeNaN();
  });

  it('come from variants in another order each round, all of them', () => {
    const random = seededRandom(1);
    const orders = Array.from({ length: 20 }, () =>
      shuffled(['a', 'b', 'c', 'd'], random).join(''),
    );
    expect(new Set(orders).size).toBeGreaterThan(5);
    for (const order of orders) expect([...order].sort().join('')).toBe('abcd');
  });

  it('keep to a goal up to its bound, and to none that was not measured', () => {
    expect(isMet(FAST, { cell: 'ms each', atMost: 1.234 })).toBe(true);
    expect(isMet(FAST, { cell: 'ms each', atLeast: 2 })).toBe(false);
    expect(isMet(FAST, { cell: 'MB', atMost: 2 })).toBeUndefined();
  });
});

describe('a report', () => {
  it('marks the goals that were missed, and says what was left out', () => {
    const lines = renderText(REPORT).split('\n');
    expect(lines).toContain('fast     1.23  81,235           ms each ≤ 2');
    expect(lines).toContain('slow     12.3          ms each ≤ 2 (missed)');
    expect(lines).toContain('Left out: the third: not here.');
  });

  it('becomes a table of Markdown with its notes', () => {
    const text = renderMarkdown(REPORT);
    expect(text).toContain(
      '|  | ms each | /s | goal |\n| --- | --: | --: | --: |\n| fast | 1.23 | 81,235 | ms each ≤ 2 |',
    );
    expect(text).toContain('- slow: on purpose');
  });

  it('comes back from its file as it was', () => {
    const file = join(tempFolder(), 'report.json');
    writeReport(file, REPORT);
    expect(readReport(file)).toEqual(REPORT);
    writeFileSync(file, '{"format":2}');
    expect(() => readReport(file)).toThrow('not a report of format 1');
  });

  it('replaces the text between the markers of a document, and nothing else', () => {
    const document = join(tempFolder(), 'page.md');
    writeFileSync(document, 'before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n');
    writeFigures(document, REPORT);
    writeFigures(document, REPORT);
    const text = readFileSync(document, 'utf8');
    expect(text).toMatch(/^before\n<!-- figures: begin -->\nLinux/);
    expect(text).toMatch(/<!-- figures: end -->\nafter\n$/);
    expect(text).not.toContain('old');
    expect(text.split('How fast')).toHaveLength(2);
    writeFileSync(document, 'no markers');
    expect(() => writeFigures(document, REPORT)).toThrow('no markers');
  });
});
