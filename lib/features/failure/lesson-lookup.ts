import type { Database } from '../../store/database.ts';
import type { ErrorKind } from './error-kind.ts';
import { computePatternId } from './error-pattern.ts';
import { describeFailedCommand } from './failed-command.ts';
import { readBestFixes } from './stored-fix.ts';
import { parseConfirmation } from './stored-patterns.ts';
import { readChoice, readDeletedAt } from './table-patterns.ts';

/** A call that failed. */
interface FailedCall {
  readonly tool: string;
  readonly target: string;
  readonly error: string;
  readonly project?: string;
}

/** Returns a lookup that finds the kind of failed calls and what worked instead. */
export function createLessonLookup(
  database: Database,
): (call: FailedCall) => { readonly kind: ErrorKind; readonly fix: string | null } {
  return ({ tool, target, error, project }) => {
    const { shape, pattern } = describeFailedCommand(tool, target, error, project);
    const id = computePatternId(shape.key, pattern.text);
    const choice = readChoice(database, id);
    const question = { deletedAt: readDeletedAt(choice), confirmed: parseConfirmation(choice) };
    const fix = readBestFixes(database, [{ pattern: id, tool, ...question }]).get(id);
    const text = fix?.isEdit === true ? `an edit of ${fix.text}` : (fix?.text ?? null);
    return { kind: pattern.kind, fix: text };
  };
}
