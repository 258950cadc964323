import type { Database } from '../../store/database.ts';
import type { ErrorKind } from './error-kind.ts';
import { patternId } from './error-pattern.ts';
import { failedCommand } from './failed-command.ts';
import { storedFixes } from './stored-fix.ts';
import { confirmedIn } from './stored-patterns.ts';
import { choiceOf, deletedAtIn } from './table-patterns.ts';

/** A call that failed. */
interface FailedCall {
  readonly tool: string;
  readonly target: string;
  readonly error: string;
  readonly project?: string;
}

/** What the store knows of failed calls: what kind of failure each is, and what worked instead. */
export function lessonsIn(
  database: Database,
): (call: FailedCall) => { readonly kind: ErrorKind; readonly fix: string | null } {
  return ({ tool, target, error, project }) => {
    const { shape, pattern } = failedCommand(tool, target, error, project);
    const id = patternId(shape.key, pattern.text);
    const choice = choiceOf(database, id);
    const question = { deletedAt: deletedAtIn(choice), confirmed: confirmedIn(choice) };
    const fix = storedFixes(database, [{ pattern: id, tool, ...question }]).get(id);
    const text = fix?.isEdit === true ? `an edit of ${fix.text}` : (fix?.text ?? null);
    return { kind: pattern.kind, fix: text };
  };
}
