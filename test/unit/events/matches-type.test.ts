import { describe, expect, it } from 'vitest';
import { matchesType } from '../../../lib/events/matches-type.ts';

describe('a type glob', () => {
  it.each([
    ['*', 'task.failed', true],
    ['task.failed', 'task.failed', true],
    ['task.*', 'task.failed', true],
    ['*.failed', 'task.failed', true],
    ['t*.f*d', 'task.failed', true],
    ['*a*a*', 'task.failed', true],
    ['task.*', 'tasks.failed', false],
    ['task', 'task.failed', false],
    ['*fail', 'task.failed', false],
    ['task.f*failed', 'task.failed', false],
    ['*x*', 'task.failed', false],
    ['t*k.f*x*d', 'task.failed', false],
    ['*il*fa*', 'task.failed', false],
    ['task.(failed|created)', 'task.failed', false],
  ])('%s and %s: %s', (glob, type, fits) => {
    expect(matchesType([glob], type)).toBe(fits);
  });

  it('is one of several', () => {
    expect(matchesType(['session.*', 'task.*'], 'task.failed')).toBe(true);
    expect(matchesType([], 'task.failed')).toBe(false);
  });
});
