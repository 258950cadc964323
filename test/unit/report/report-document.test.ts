import { beforeEach, describe, expect, it, vi } from 'vitest';
import { changeText, partsOf, timeAxis } from '../../../lib/report/report-document.ts';
import { chartSummary, chartSvg } from '../../../lib/report/chart-svg.ts';
import { savingsText } from '../../../lib/report/report-html.ts';

const DAY = 86_400_000;
const UNTIL = Date.parse('2026-11-22T12:00:00Z');

beforeEach(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  return () => vi.unstubAllEnvs();
});

describe('the time axis', () => {
  it('has a label for each day, also where the clock changes', () => {
    const since = Date.parse('2026-10-23T22:00:00Z');
    const axis = timeAxis({ since, until: Date.parse('2026-10-27T12:00:00Z') });
    expect(axis.labels).toEqual([...['2026-10-24', '2026-10-25', '2026-10-26', '2026-10-27']]);
    const points = [
      { day: '2026-10-25', value: 2 },
      { day: '2026-10-25', value: 3 },
      { day: '2026-10-01', value: 9 },
    ];
    expect(axis.place(points)).toEqual([0, 5, 0, 0]);
    expect(axis.place(points, 'most')).toEqual([0, 3, 0, 0]);
  });

  it('has one for each week of a quarter, and for each month of years', () => {
    const quarter = timeAxis({ since: UNTIL - 90 * DAY, until: UNTIL });
    expect([quarter.step, quarter.labels.length]).toEqual(['week', 13]);
    const years = timeAxis({ since: UNTIL - 800 * DAY, until: UNTIL });
    expect([years.step, years.labels[0], years.labels.at(-1)]).toEqual([
      ...['month', '2024-09', '2026-11'],
    ]);
    const sum = years.place([{ day: '2026-11-02', value: 4 }]).at(-1);
    expect(sum).toBe(4);
  });
});

describe('the text of a change', () => {
  it.each([
    [0, 0, ''],
    [3, 0, 'none before'],
    [3, 3, 'as before'],
    [0, 3, '100 % less than before'],
    [30, 3, '900 % more than before'],
  ])('of %i after %i is %j', (now, before, text) => {
    expect(changeText(now, before)).toBe(text);
  });
});

describe('the parts of a text', () => {
  it('are code in backticks and words around it', () => {
    expect(partsOf('Run `a b` now, `c`.')).toEqual([
      { isCode: false, text: 'Run ' },
      { isCode: true, text: 'a b' },
      { isCode: false, text: ' now, ' },
      { isCode: true, text: 'c' },
      { isCode: false, text: '.' },
    ]);
  });
});

describe('a chart', () => {
  const chart = {
    title: 'Calls',
    labels: ['2026-11-21', '2026-11-22'],
    series: [{ name: 'ok', values: [3, 12] }],
    shape: 'bars',
    format: String,
  } as const;

  it('says in a sentence what it shows', () => {
    expect(chartSummary(chart)).toBe('ok: at most 12 (2026-11-22).');
    expect(chartSummary({ ...chart, series: [{ name: 'ok', values: [] }] })).toBe('ok: nothing.');
  });

  it('draws a bar as high as its value, and none for nothing', () => {
    const heights = [...chartSvg(chart, 'c').matchAll(/<rect[^>]* height="([\d.]+)"/g)];
    // 166 units for 20
    expect(heights.map(([, height]) => Number(height))).toEqual([24.9, 99.6]);
    const empty = { ...chart, series: [{ name: 'ok', values: [0, 0] }] };
    expect(chartSvg(empty, 'c')).not.toContain('<rect');
  });

  it('draws no figure that is none', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const shape of ['bars', 'lines'] as const)
      expect(chartSvg({ ...chart, shape, series: [{ name: 'ok', values }] }, 'c')).not.toMatch(
        /="[^"]*(?:NaN|Infinity)/,
      );
  });
});

describe('savings', () => {
  it('name what is more than nothing', () => {
    expect(savingsText({ dollars: 1.2, tokens: 40_000, ms: 180_000 })).toBe(
      'Saves about $1.20, 40,000 tokens, 3m.',
    );
    expect(savingsText({ dollars: 0 })).toBe('');
    expect(savingsText(null)).toBe('');
  });
});
