import { describe, expect, it } from 'vitest';
import { findFailedShape } from '../../../../lib/features/failure/blamed-command.ts';
import {
  deriveErrorPattern,
  computePatternId,
} from '../../../../lib/features/failure/error-pattern.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { createLessonLookup } from '../../../../lib/features/failure/lesson-lookup.ts';
import { testStore } from '../../../support/test-store.ts';

const FAILURE = {
  tool: 'Bash',
  target: 'npm run biuld',
  error: 'Exit code 1\nnpm error Missing script: "biuld"',
};

function withFix(text: string, isEdit: boolean): Database {
  const database = testStore();
  const shape = findFailedShape(FAILURE.tool, FAILURE.target, FAILURE.error);
  const id = computePatternId(
    shape.key,
    deriveErrorPattern(shape, FAILURE.target, FAILURE.error).text,
  );
  database
    .prepare(
      'INSERT INTO failure_fixes (pattern_id, evidence, text, is_edit, is_whole, count, at) VALUES (?, ?, ?, ?, 1, 1, 5)',
    )
    .run(id, 't1', text, Number(isEdit));
  return database;
}

describe('lessonsIn', () => {
  it('knows the kind of a failure, and no fix where none was learned', () => {
    expect(createLessonLookup(testStore())(FAILURE)).toEqual({ kind: 'invocation', fix: null });
    expect(
      createLessonLookup(testStore())({ tool: 'Bash', target: 'grep -q x y', error: 'Exit code 1' })
        ?.kind,
    ).toBe('information');
  });

  it('knows the command, or the edit, that worked instead', () => {
    expect(createLessonLookup(withFix('npm run build', false))(FAILURE)?.fix).toBe('npm run build');
    expect(createLessonLookup(withFix('package.json', true))(FAILURE)?.fix).toBe(
      'an edit of package.json',
    );
  });
});
