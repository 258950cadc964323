import { numberField, stringField } from '../core/json.ts';
import { failedShape } from '../features/failure/blamed-command.ts';
import { errorPattern, patternId } from '../features/failure/error-pattern.ts';
import { storedFix } from '../features/failure/stored-fix.ts';
import type { LessonOf } from '../features/resume/recent-work.ts';
import type { Database } from '../store/database.ts';

const CHOICE =
  'SELECT deleted_at, confirmed_fix, confirmed_at FROM pattern_choices WHERE pattern_id = ?';

/** What the failure knowledge in the store says of a failed call: what kind of failure it is, and what worked instead. */
export function lessonsIn(database: Database): LessonOf {
  return ({ tool, target, error, project }) => {
    const shape = failedShape(tool, target, error, project);
    const { text, kind } = errorPattern(shape, target, error);
    return { kind, fix: fixOf(database, patternId(shape.key, text), tool) };
  };
}

function fixOf(database: Database, pattern: string, tool: string): string | null {
  const choice = database.prepare(CHOICE).get(pattern) ?? {};
  const confirmed = stringField(choice, 'confirmed_fix');
  const fix = storedFix(database, {
    pattern,
    tool,
    deletedAt: numberField(choice, 'deleted_at') ?? 0,
    confirmed:
      confirmed === undefined
        ? undefined
        : { text: confirmed, at: numberField(choice, 'confirmed_at') ?? 0 },
  });
  return fix === null ? null : fix.isEdit ? `an edit of ${fix.text}` : fix.text;
}
