import { describe, expect, it } from 'vitest';
import {
  type StatusLineFacts,
  formatStatusLine,
} from '../../../../lib/features/statusline/format-status-line.ts';

const GLANCE: StatusLineFacts = {
  percent: 42.4,
  cost: 0.3411,
  limits: [],
  queued: 0,
  isWorkerAlive: true,
  savedAgo: 125_000,
};

const plain = (own: Partial<StatusLineFacts> = {}): string =>
  formatStatusLine({ ...GLANCE, ...own }, false);

describe('statusLine', () => {
  it('shows context, cost, queue, worker and the age of the last checkpoint', () => {
    expect(plain()).toBe('████░░░░░░ 42% · $0.34 · queue 0 · worker ● · saved 2m ago');
  });

  it('shows the subscription windows: used, and at this pace when they begin anew', () => {
    const limits = [
      { name: '5h', used: 42, resetsIn: 7_800_000, pace: 74 },
      { name: 'week', used: 2, resetsIn: 6 * 86_400_000, pace: undefined },
    ];
    expect(plain({ limits })).toContain(
      ' · $0.34 · 5h 42% (74% in 2h) · week 2% (new in 6d) · queue 0 ',
    );
  });

  it.each([
    [69, 100, '0'],
    [70, 75, '33'],
    [50, 101, '33'],
    [85, undefined, '31'],
  ])('colours a window of which %d %% is used, at this pace %s %%: %s', (used, pace, colour) => {
    const limits = [{ name: '5h', used, resetsIn: 60_000, pace }];
    const line = formatStatusLine({ ...GLANCE, limits }, true);
    expect(/\u001b\[(\d+)m5h /.exec(line)?.[1]).toBe(colour);
  });

  it('leaves out what is not known', () => {
    expect(plain({ percent: undefined, cost: undefined, savedAgo: undefined })).toBe(
      'queue 0 · worker ●',
    );
  });

  it.each([
    [0, 0],
    [100, 10],
    [140, 10],
    [-3, 0],
  ])('fills the bar within its ends: %d%%', (percent, cells) => {
    expect(plain({ percent }).split(' ')[0]).toBe('█'.repeat(cells) + '░'.repeat(10 - cells));
  });

  it.each([
    [0, '0s'],
    [-5_000, '0s'],
    [59_999, '59s'],
    [3_599_999, '59m'],
    [7_200_000, '2h'],
    [200_000_000, '2d'],
  ])('says the age of %d ms as %s', (savedAgo, age) => {
    expect(plain({ savedAgo })).toMatch(new RegExp(`saved ${age} ago$`));
  });

  it('alarms about a missing worker only where something waits', () => {
    expect(plain({ isWorkerAlive: false })).toContain('worker ○');
    expect(plain({ isWorkerAlive: false, queued: 3 })).toContain('queue 3 · no worker');
  });

  it('colours the context by how full it is, and nothing where colours are not wanted', () => {
    const colour = (percent: number) =>
      /\u001b\[(\d+)m\d+%/.exec(formatStatusLine({ ...GLANCE, percent }, true))?.[1];
    expect([69.9, 70, 84, 85].map(colour)).toEqual(['32', '33', '33', '31']);
    expect(plain()).not.toContain('\u001b');
  });
});
