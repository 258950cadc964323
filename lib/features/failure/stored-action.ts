import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { ACTIONS } from './knowledge-entry.ts';
import type { KnownFix, KnownPattern } from './known-pattern.ts';
import { hasFailedSince } from './stored-fix.ts';

export interface ActionQuestion {
  /** The row of `pattern_choices`, or an empty one. */
  readonly choice: Row;
  readonly fix: KnownFix | null;
  readonly tool: string;
}

/**
 * What happens when the command comes again: what the user chose, else a warning. An `auto-fix` was chosen for one fix: with another one, and
 * after one failure of it, it is a warning.
 */
export function actionOf(
  database: Database,
  { choice, fix, tool }: ActionQuestion,
): Pick<KnownPattern, 'action' | 'isSet'> {
  const action = ACTIONS.find((known) => known === choice['action']);
  if (action === undefined) return { action: 'warn', isSet: false };
  if (action !== 'auto-fix') return { action, isSet: true };
  const chosen = stringField(choice, 'action_fix') ?? '';
  const holds =
    fix?.text === chosen &&
    fix.isWhole &&
    !fix.isEdit &&
    !hasFailedSince(database, tool, chosen, numberField(choice, 'action_at') ?? 0);
  return { action: holds ? 'auto-fix' : 'warn', isSet: true };
}
