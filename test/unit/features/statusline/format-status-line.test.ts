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

  it('shows how much of the subscription windows is used, coloured from 70 % on', () => {
    const limits = [
      ['5h', 42],
      ['week', 91],
    ] as const;
    expect(plain({ limits })).toContain(' · $0.34 · 5h 42% · week 91% · queue 0 ');
    expect(formatStatusLine({ ...GLANCE, limits }, true)).toContain('\u001b[31mweek 91%\u001b[0m');
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
