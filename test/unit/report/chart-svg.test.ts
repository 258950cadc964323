import { describe, expect, it } from 'vitest';
import { formatCount } from '../../../lib/core/units.ts';
import { chartSvg } from '../../../lib/report/chart-svg.ts';

/** The marks of the vertical axis, from below. */
function marksOf(values: readonly number[], format: (value: number) => string): readonly string[] {
  const series = [{ name: 'one', values }];
  const labels = values.map((_value, index) => String(index));
  const svg = chartSvg({ title: 'Calls', labels, series, shape: 'bars', format }, 'c');
  return [...svg.matchAll(/text-anchor="end">([^<]*)</g)].map(([, mark = '']) => mark);
}

describe('a chart', () => {
  it.each([
    [
      [0, 0],
      ['0', '1'],
    ],
    [[1], ['0', '1']],
    [[2], ['0', '1', '2']],
    [[3], ['0', '1', '2', '3', '4']],
    [[5], ['0', '1', '2', '3', '4', '5']],
    [[9], ['0', '2', '4', '6', '8', '10']],
    [[17], ['0', '5', '10', '15', '20']],
    [[1_234], ['0', '500', '1,000', '1,500', '2,000']],
  ])('of the counts %j has only whole marks', (values, marks) => {
    expect(marksOf(values, formatCount)).toEqual(marks);
  });

  it('has marks between whole numbers where its values are', () => {
    expect(marksOf([0.04], (value) => value.toFixed(2))).toEqual([
      ...['0.00', '0.01', '0.02', '0.03', '0.04'],
    ]);
  });
});
