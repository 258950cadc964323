import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isGlobalPattern,
  derivePatterns,
  MAX_COMMANDS,
  isProjectIndependent,
} from '../../../../lib/features/failure/known-pattern.ts';
import type { LearnedFix, Run } from '../../../../lib/features/failure/known-pattern.ts';
import { runsOf } from '../../../support/runs-of.ts';

const ERROR = 'Exit code 1\nnpm error Missing script: "biuld"';
const failure = (at: number, session = 'a', project = '/p', target = 'npm run biuld'): Run =>
  only(
    runsOf(
      { id: `t${at}`, tool: 'Bash', target, outcome: 'failed', error: ERROR, at, project },
      session,
    ),
  );
const success = (at: number, target = 'npm run biuld'): Run =>
  only(
    runsOf(
      { id: `t${at}`, tool: 'Bash', target, outcome: 'ok', error: null, at, project: '/p' },
      'a',
    ),
  );
const fix = (at: number, text = 'npm run build'): LearnedFix => ({
  evidence: `t${at}`,
  pattern: failure(1).pattern?.id ?? '',
  text,
  isEdit: false,
  isWhole: true,
  at,
});

function only(runs: readonly Run[]): Run {
  const [run] = runs;
  if (run === undefined) throw new Error('Cannot happen: the call has a run');
  return run;
}

describe('knownPatterns', () => {
  it('adds up what failed, where and when', () => {
    const [pattern] = derivePatterns([failure(1), failure(5, 'b', '/q'), failure(3, 'a')]);
    expect(pattern).toMatchObject({
      ...{
        tool: 'Bash',
        kind: 'invocation',
        count: 3,
        sessions: 2,
        firstAt: 1,
        lastAt: 5,
        projects: ['/q', '/p'],
        scope: 'project',
        action: 'warn',
        isSet: false,
      },
      ...{
        error: 'npm error Missing script: <text>',
        lastError: 'Missing script: "biuld"',
        lastCommand: 'npm run biuld',
        fix: null,
        successesSince: 0,
      },
      failed: [{ at: 5, inARow: 3 }],
    });
  });

  it('counts failures in a row since the last success or fix', () => {
    const [afterSuccess] = derivePatterns([failure(1), success(2), failure(3), failure(4)]);
    expect(afterSuccess).toMatchObject({
      count: 3,
      failed: [{ inARow: 2 }],
      succeeded: [{ at: 2 }],
      successesSince: 0,
    });
    const { key, exact } = failure(1);
    expect(
      derivePatterns([failure(1), failure(2)], [], [{ key, exact, at: 3 }])[0]?.failed,
    ).toMatchObject([{ inARow: 0 }]);
  });

  it('counts no success in another project once the right call of this one is known', () => {
    const elsewhere: Run = { ...success(3), project: '/other' };
    const [here] = derivePatterns([failure(1), elsewhere], [fix(2)], []);
    expect(here).toMatchObject({ scope: 'project', succeeded: [], successesSince: 0 });
    const [unknown] = derivePatterns([failure(1), elsewhere], [], []);
    expect(unknown).toMatchObject({ successesSince: 1 });
    const [again] = derivePatterns([failure(1), success(3)], [fix(2)], []);
    expect(again).toMatchObject({ successesSince: 1 });
  });

  it('keeps the fix that helped most often, and none that failed after it was learned', () => {
    const runs = [failure(1), failure(3)];
    expect(derivePatterns(runs, [fix(2, 'x'), fix(4), fix(6)])[0]?.fix).toEqual({
      text: 'npm run build',
      isEdit: false,
      isWhole: true,
      count: 2,
    });
    const refuted = failure(8, 'a', '/p', 'npm run build');
    expect(
      derivePatterns([...runs, refuted], [fix(2, 'x'), fix(4), fix(6)]).find(
        ({ count }) => count === 2,
      )?.fix,
    ).toMatchObject({ text: 'x' });
    expect(
      derivePatterns([...runs, failure(5, 'a', '/p', 'npm run build')], [fix(4), fix(6)]).find(
        ({ count }) => count === 2,
      )?.fix,
    ).toMatchObject({
      count: 2,
    });
  });

  it('is bounded, whatever there is', () => {
    const runs = Array.from({ length: 100 }, (_, n) =>
      failure(n, `s${n}`, `/p${n}`, `npm run biuld ${'x'.repeat(n)}/y`),
    );
    for (const pattern of derivePatterns(runs))
      expect(Math.max(pattern.failed.length, pattern.projects.length)).toBeLessThanOrEqual(
        MAX_COMMANDS,
      );
  });

  it('does not depend on the order of the runs', () => {
    const runs = [
      failure(1),
      success(2),
      failure(3, 'b', '/q'),
      success(4),
      failure(5),
      success(6, 'npm run build'),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (shuffled) => {
        expect(derivePatterns(shuffled, [fix(2)])).toEqual(derivePatterns(runs, [fix(2)]));
      }),
    );
  });
});

describe('isForAll', () => {
  it('is what was met in three sessions and two projects, and is not about the code', () => {
    expect(isGlobalPattern({ kind: 'invocation', sessions: 3, projects: 2 })).toBe(true);
    expect(isGlobalPattern({ kind: 'environment', sessions: 9, projects: 1 })).toBe(false);
    expect(isGlobalPattern({ kind: 'invocation', sessions: 2, projects: 2 })).toBe(false);
    expect(isGlobalPattern({ kind: 'result', sessions: 9, projects: 9 })).toBe(false);
  });
});

describe('isOfTheMachine', () => {
  it.each([
    ['git log --online', 'invocation', 'fatal: unrecognized argument: --online'],
    ['docker-compose up -d', 'invocation', 'docker-compose: command not found'],
    ['date -v-1d', 'invocation', 'date: invalid option -- <text>'],
  ] as const)('is true of %s', (command, kind, error) => {
    expect(isProjectIndependent(command, kind, error)).toBe(true);
  });

  it.each([
    ['npm run tset', 'invocation', 'Missing script: <text>'],
    ['npx vitest --runn', 'invocation', 'CACError: Unknown option <text>'],
    ['composer test', 'invocation', 'Command <text> is not defined.'],
    ['./x.sh --y', 'invocation', 'unknown option --y'],
    ['cat a', 'invocation', 'cat: a: No such file or directory'],
    ['git log --online', 'environment', 'fatal: unrecognized argument: --online'],
  ] as const)('is false of %s', (command, kind, error) => {
    expect(isProjectIndependent(command, kind, error)).toBe(false);
  });
});
