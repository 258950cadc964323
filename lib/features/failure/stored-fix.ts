import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { computeCommandShapes } from './command-shape.ts';
import { ACTIONS } from './knowledge-entry.ts';
import { readFixesOfPatterns } from './table-fixes.ts';
import { hasFailedAfter } from './table-runs.ts';
import type { KnownFix, KnownPattern } from './known-pattern.ts';

export interface FixQuestion {
  readonly pattern: string;
  readonly tool: string;
  /** Older evidence does not count. */
  readonly deletedAt: number;
  /** The fix that the user confirmed, and when. */
  readonly confirmed: { readonly text: string; readonly at: number } | undefined;
}

/** Number of compared fixes of one pattern; the others helped less often. */
const MAX_FIXES = 20;

/**
 * Returns the best fix of each pattern: the one that the user confirmed, else the one that helped
 * most often. A fix that failed after it helped, or after it was confirmed, does not count.
 * Patterns without a fix are left out.
 */
export function readBestFixes(
  database: Database,
  questions: readonly FixQuestion[],
): ReadonlyMap<string, KnownFix> {
  const wanted = questions.map(({ pattern, deletedAt, confirmed }) => ({
    ...{ pattern, since: deletedAt, preferred: confirmed?.text ?? '' },
  }));
  const rows = readFixesOfPatterns(database, wanted);
  return new Map(
    questions.flatMap((question) => {
      const fix = firstThatHolds(database, question, rows.get(question.pattern) ?? []);
      return fix === undefined ? [] : [[question.pattern, fix]];
    }),
  );
}

function firstThatHolds(
  database: Database,
  { tool, confirmed }: FixQuestion,
  rows: readonly Row[],
): KnownFix | undefined {
  for (const row of rows.slice(0, MAX_FIXES)) {
    const text = stringField(row, 'text') ?? '';
    const isEdit = row['is_edit'] === 1;
    const since = Math.max(
      numberField(row, 'at') ?? 0,
      confirmed?.text === text ? confirmed.at : 0,
    );
    if (!isEdit && hasFailedSince(database, tool, text, since)) continue;
    return { text, isEdit, isWhole: row['is_whole'] === 1, count: numberField(row, 'count') ?? 1 };
  }
  return undefined;
}

/** Whether a command, or a part of it, failed after `since`. */
export function hasFailedSince(
  database: Database,
  tool: string,
  command: string,
  since: number,
): boolean {
  return computeCommandShapes(tool, command).some((shape) =>
    hasFailedAfter(database, shape, since),
  );
}

interface ActionQuestion {
  /** The row of `pattern_choices`, or an empty one. */
  readonly choice: Row;
  readonly fix: KnownFix | null;
  readonly tool: string;
}

/**
 * Returns what happens when the command is repeated: what the user chose, else a warning.
 * `auto-fix` was chosen for one fix: with another fix, or after one failure of it, it becomes a
 * warning.
 */
export function resolveAction(
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
