import { describe, expect, it } from 'vitest';
import {
  listFilesInFlight,
  listLastCommands,
  type Lesson,
  listOpenFailures,
  type RecentCall,
} from '../../../../lib/features/resume/recent-work.ts';

let at = 0;

function call(
  tool: string,
  target: string,
  outcome = 'ok',
  more: Partial<RecentCall> = {},
): RecentCall {
  return {
    tool,
    target,
    outcome,
    error: outcome === 'ok' ? null : 'Exit code 1',
    at: ++at,
    isAgents: false,
    ...more,
  };
}

const unknown = (): undefined => undefined;

describe('filesInFlight', () => {
  it('are those edited since the last commit, latest first, each once', () => {
    const calls = [
      call('Write', '/p/a'),
      call('Bash', 'git add . && git -C /p commit -m x'),
      call('Edit', '/p/b'),
      call('Write', '/p/c'),
      call('Edit', '/p/b'),
    ];
    expect(listFilesInFlight(calls)).toEqual(['/p/b', '/p/c']);
  });

  it('are not ended by a commit that failed, nor begun by an edit that did', () => {
    const calls = [
      call('Write', '/p/a'),
      call('Edit', '/p/b', 'rejected'),
      call('Bash', 'git commit -m x', 'failed'),
    ];
    expect(listFilesInFlight(calls)).toEqual(['/p/a']);
  });

  it('are those of the last fifty calls where no commit is in sight, edits of agents among them', () => {
    const calls = [
      call('Write', '/p/old'),
      ...Array.from({ length: 49 }, () => call('Bash', 'ls')),
      call('Write', '/p/new', 'ok', { isAgents: true }),
    ];
    expect(listFilesInFlight(calls)).toEqual(['/p/new']);
  });
});

describe('lastCommands', () => {
  it('are those of the main chain, latest first, with the error of those that failed', () => {
    const calls = [
      call('Bash', 'one'),
      call('Bash', 'two', 'failed'),
      call('Bash', 'of an agent', 'ok', { isAgents: true }),
      call('Write', '/p/a'),
    ];
    expect(listLastCommands(calls, 2)).toEqual([
      { command: 'two', outcome: 'failed', error: 'Exit code 1' },
      { command: 'one', outcome: 'ok', error: null },
    ]);
  });
});

describe('openFailures', () => {
  it('are those of the main chain that did not succeed since, latest first, counted', () => {
    const calls = [
      call('Bash', 'npm  test', 'failed'),
      call('Bash', 'npm run lint', 'failed'),
      call('Bash', 'npm test', 'failed', { error: 'again' }),
      call('Bash', 'npm run lint'),
      call('Bash', 'ls nowhere', 'failed', { isAgents: true }),
    ];
    expect(listOpenFailures(calls, unknown)).toMatchObject([
      { tool: 'Bash', target: 'npm test', error: 'again', count: 2, fix: null },
    ]);
  });

  it('end with any edit of the file that succeeds', () => {
    expect(
      listOpenFailures([call('Edit', '/p/a', 'failed'), call('Write', '/p/a')], unknown),
    ).toEqual([]);
  });

  it('tell the known fix, and leave out failures that are an answer', () => {
    const lessonOf = ({ target }: { target: string }): Lesson => ({
      kind: target.startsWith('grep') ? 'information' : 'other',
      fix: 'make all',
    });
    const calls = [call('Bash', 'grep x y', 'failed'), call('Bash', 'make', 'failed')];
    expect(listOpenFailures(calls, lessonOf)).toMatchObject([{ target: 'make', fix: 'make all' }]);
  });

  it('end, for a wrong way of calling a program, with the next call of it that works', () => {
    const lessonOf = (): Lesson => ({ kind: 'invocation', fix: null });
    const wrong = call('Bash', 'cd /p && CI=1 npm tset', 'failed');
    expect(listOpenFailures([wrong, call('Bash', 'npm test')], lessonOf)).toEqual([]);
    expect(listOpenFailures([wrong, call('Bash', 'node x')], lessonOf)).toHaveLength(1);
    expect(
      listOpenFailures([wrong, call('Bash', 'npm test')], () => ({ kind: 'result', fix: null })),
    ).toHaveLength(1);
  });
});
