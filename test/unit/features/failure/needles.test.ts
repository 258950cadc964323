import { describe, expect, it } from 'vitest';
import {
  listFailureNeedles,
  MAX_NEEDLES,
  formatNeedleLines,
} from '../../../../lib/features/failure/needles.ts';
import { saveLiterals } from '../../../../lib/features/failure/table-patterns.ts';
import { testStore } from '../../../support/test-store.ts';

/** Lines for every way to part a word from the next one. */
function partings(word: string): readonly string[] {
  return [`${word}  `, `${word} \\`, `${word} '`, `${word}\\`, `${word}'`];
}

describe('needleLines', () => {
  it('keeps texts as they are while they are few, each once', () => {
    expect(formatNeedleLines([['tset'], ['biuld'], ['tset']])).toEqual(['tset', 'biuld']);
  });

  it('writes texts as they appear in JSON', () => {
    expect(formatNeedleLines([['"x"'], ['a\\b'], ['two\nlines'], ['né']])).toEqual([
      '\\"x\\"',
      'a\\\\b',
      'two\\nlines',
      'né',
    ]);
  });

  it('selects two words however they are parted', () => {
    const lines = formatNeedleLines([['git push'], ['git pull']]);
    expect(lines).toEqual(['git push', ...partings('git'), 'git pull']);
    const written = ['git  push', 'git\tpush', 'git \\\n push', 'git "push"', "git 'push'"];
    for (const command of [...written, '"git" push', "'git' push", 'git\npush'])
      expect(lines.some((line) => JSON.stringify(command).includes(line))).toBe(true);
    expect(lines.some((line) => JSON.stringify('git status').includes(line))).toBe(false);
  });

  it('takes a single word if no other text is rarer', () => {
    expect(formatNeedleLines([['npm run', 'tset', 'npm']])).toEqual(['tset']);
    const commonness = (text: string) => (text === 'run' || text === 'npm' ? 5 : 0);
    expect(formatNeedleLines([['npm run', 'run', 'npm']], commonness)[0]).toBe('npm run');
  });

  it('leaves out what would select everything', () => {
    expect(formatNeedleLines([[''], [' '], ['x'], ['  '], ['ls']])).toEqual(['ls']);
  });

  it('joins the subcommands of programs that have many, and no more than needed', () => {
    const many = Array.from({ length: 600 }, (_, index) => [`npm run-${index}`]);
    expect(formatNeedleLines([['git push'], ...many, ['git pull']])).toEqual([
      ...['git push', ...partings('git')],
      'npm',
      'git pull',
    ]);
  });

  it('keeps the surest where nothing can be joined', () => {
    const programs = Array.from({ length: 2_000 }, (_, index) => [`program${index}`]);
    expect(formatNeedleLines(programs)).toEqual(programs.flat().slice(0, MAX_NEEDLES));
  });

  it('stays small whatever the needles are', () => {
    const long = Array.from({ length: 500 }, (_, index) => [`${index}${'x'.repeat(490)}`]);
    expect(Buffer.byteLength(formatNeedleLines(long).join('\n'))).toBeLessThanOrEqual(65_536);
  });
});

describe('failureNeedles', () => {
  it('has the surest first, and nothing while nothing is known', () => {
    const database = testStore();
    expect(listFailureNeedles(database)).toEqual([]);
    for (const [key, needle, confidence] of [
      ['1', 'tset', 0.2],
      ['2', 'biuld', 0.5],
      ['3', 'tset', 0.9],
    ] as const)
      saveLiterals(database, key, {
        literals: JSON.stringify([[needle]]),
        confidence,
        fadesAt: null,
      });
    expect(listFailureNeedles(database)).toEqual(['tset', 'biuld']);
  });
});
