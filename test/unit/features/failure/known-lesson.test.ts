import { describe, expect, it } from 'vitest';
import { failedShape } from '../../../../lib/features/failure/blamed-command.ts';
import { errorPattern, patternId } from '../../../../lib/features/failure/error-pattern.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { lessonsIn } from '../../../../lib/features/failure/known-lesson.ts';
import { testStore } from '../../../support/test-store.ts';

const FAILURE = {
  tool: 'Bash',
  target: 'npm run biuld',
  error: 'Exit code 1\nnpm error Missing script: "biuld"',
};

function withFix(text: string, isEdit: boolean): Database {
  const database = testStore();
  const shape = failedShape(FAILURE.tool, FAILURE.target, FAILURE.error);
  const id = patternId(shape.key, errorPattern(shape, FAILURE.target, FAILURE.error).text);
  database
    .prepare(
      'INSERT INTO failure_fixes (pattern_id, evidence, text, is_edit, is_whole, count, at) VALUES (?, ?, ?, ?, 1, 1, 5)',
    )
    .run(id, 't1', text, Number(isEdit));
  return database;
}

describe('lessonsIn', () => {
  it('knows the kind of a failure, and no fix where none was learned', () => {
    expect(lessonsIn(testStore())(FAILURE)).toEqual({ kind: 'invocation', fix: null });
    expect(
      lessonsIn(testStore())({ tool: 'Bash', target: 'grep -q x y', error: 'Exit code 1' })?.kind,
    ).toBe('information');
  });

  it('knows the command, or the edit, that worked instead', () => {
    expect(lessonsIn(withFix('npm run build', false))(FAILURE)?.fix).toBe('npm run build');
    expect(lessonsIn(withFix('package.json', true))(FAILURE)?.fix).toBe('an edit of package.json');
  });
});
