import { WaymarkError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { ACTIONS } from '../features/failure/knowledge-entry.ts';
import { requirePattern, type StoredPattern } from '../query/failures.ts';
import type { ActionContext } from './action-context.ts';
import { changeByEvents } from './change-by-events.ts';

/** What can happen when a command that is known to fail comes again. */
export const PATTERN_ACTIONS: readonly string[] = ACTIONS;

/** How to change a pattern of failures. `reset` takes back what was chosen. */
export type PatternRequest =
  | { readonly kind: 'set'; readonly action: string }
  | { readonly kind: 'reset' | 'confirm' | 'delete' };

export interface PatternChange {
  readonly patternId: string;
  /** As the event says it. */
  readonly change: JsonObject;
  /** Whether the store has it now; else it waits in the queue for a worker. */
  readonly isStored: boolean;
}

/** Type of the events that change patterns. */
export const PATTERN_CHANGED = 'learning.pattern_changed';

/**
 * Changes one pattern, and waits until the store has the change.
 * @param id An id, or the beginning of one.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE for what the pattern does not allow, QUEUE_FULL,
 * QUEUE_WRITE_FAILED.
 */
export async function changePattern(
  actionContext: ActionContext,
  id: string,
  wish: PatternRequest,
): Promise<PatternChange> {
  const stored = await requirePattern(actionContext.folder, id);
  const patternId = stored.pattern.id;
  const change = changeFor(stored, wish);
  const isStored = await changeByEvents(actionContext, PATTERN_CHANGED, [
    { pattern_id: patternId, ...change },
  ]);
  return { patternId, change, isStored };
}

function changeFor(stored: StoredPattern, wish: PatternRequest): JsonObject {
  switch (wish.kind) {
    case 'set':
      return actionOf(stored, wish.action);
    case 'reset':
      return { action: 'default' };
    case 'confirm':
      return confirmationOf(stored);
    case 'delete':
      return { deleted: true };
  }
}

/**
 * @throws {@link WaymarkError} USAGE for an action that does not exist, or that the pattern does
 * not allow.
 */
function actionOf({ pattern }: StoredPattern, action: string): JsonObject {
  if (!PATTERN_ACTIONS.includes(action))
    throw new WaymarkError(
      'USAGE',
      `Cannot set ${pattern.id} to ${action}: choose one of ${PATTERN_ACTIONS.join(', ')}`,
    );
  if (action !== 'auto-fix') return { action };
  if (pattern.fix === null)
    throw new WaymarkError('USAGE', `Cannot set ${pattern.id} to auto-fix: no fix is known`, {
      remedy: 'Use warn, ask or deny.',
    });
  if (!pattern.fix.isWhole || pattern.fix.isEdit)
    throw new WaymarkError(
      'USAGE',
      `Cannot set ${pattern.id} to auto-fix: its fix is not a complete command`,
      {
        remedy:
          'Something in it was cut, redacted or generalised, or it is an edit; use warn, ask or deny.',
      },
    );
  return { action, fix: pattern.fix.text };
}

function confirmationOf({ pattern }: StoredPattern): JsonObject {
  if (pattern.fix === null)
    throw new WaymarkError('USAGE', `Cannot confirm the fix of ${pattern.id}: none is known`, {
      remedy: '`waymark failures show` shows whether there is one.',
    });
  return { confirmed: pattern.fix.text };
}
