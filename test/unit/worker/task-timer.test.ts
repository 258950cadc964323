import { describe, expect, it } from 'vitest';
import { type PeriodicTask, TaskTimer } from '../../../lib/worker/task-timer.ts';

function task(name: string, intervalMs: number, leaderOnly = false): PeriodicTask {
  return { name, intervalMs: () => intervalMs, leaderOnly, run: () => undefined };
}

const names = (tasks: readonly PeriodicTask[]): readonly string[] => tasks.map(({ name }) => name);

describe('TaskTimer', () => {
  it('runs every task at once, then each by its own interval', () => {
    const schedule = new TaskTimer([task('often', 100), task('seldom', 1_000)]);
    expect(names(schedule.takeDue(5_000, true))).toEqual(['often', 'seldom']);
    expect(names(schedule.takeDue(5_099, true))).toEqual([]);
    expect(names(schedule.takeDue(5_100, true))).toEqual(['often']);
    expect(names(schedule.takeDue(6_000, true))).toEqual(['often', 'seldom']);
  });

  it('keeps the leader tasks for a leader; they are due when one appears', () => {
    const schedule = new TaskTimer([task('mine', 100), task('leading', 100, true)]);
    expect(names(schedule.takeDue(0, false))).toEqual(['mine']);
    expect(names(schedule.takeDue(50, true))).toEqual(['leading']);
  });

  it('asks for the interval each time, so that a changed setting counts', () => {
    let intervalMs = 1_000;
    const schedule = new TaskTimer([{ ...task('a', 0), intervalMs: () => intervalMs }]);
    schedule.takeDue(0, true);
    intervalMs = 10;
    expect(names(schedule.takeDue(20, true))).toEqual(['a']);
  });

  it('runs a task when the clock stepped back', () => {
    const schedule = new TaskTimer([task('a', 1_000)]);
    schedule.takeDue(1_000_000, true);
    expect(names(schedule.takeDue(500, true))).toEqual(['a']);
  });

  it('shows when each task ran and when it runs next', () => {
    const schedule = new TaskTimer([task('a', 1_000), task('leading', 60_000, true)]);
    schedule.takeDue(0, false);
    expect(schedule.describeTasks(500)).toEqual([
      {
        name: 'a',
        intervalSeconds: 1,
        lastRun: '1970-01-01T00:00:00.000Z',
        nextRun: '1970-01-01T00:00:01.000Z',
      },
      { name: 'leading', intervalSeconds: 60, lastRun: null, nextRun: '1970-01-01T00:00:00.500Z' },
    ]);
  });
});
