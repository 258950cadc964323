import { describe, expect, it } from 'vitest';
import { classifyTask } from '../../../../lib/features/routing/agent-run.ts';

describe('taskKind', () => {
  it.each([
    ['Run the unit tests', 'test'],
    ['Raise coverage of the parser', 'test'],
    ['Review the pull request', 'review'],
    ['Double-check tests of the queue', 'review'],
    ['Find where sessions are stored', 'search'],
    ['Explore codebase structure', 'search'],
    ['Investigate slow start', 'search'],
    ['Fix flaky test', 'fix'],
    ['Debug the login', 'fix'],
    ['Write README section', 'docs'],
    ['Implement the export', 'write'],
    ['Refactor store', 'write'],
    ['Say hello', 'other'],
    ['', 'other'],
    ['ПРОВЕРЬ', 'other'],
  ])('takes %j for %s', (description, kind) => {
    expect(classifyTask(description)).toBe(kind);
  });
});
