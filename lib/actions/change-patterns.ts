import { WaymarkError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { ACTIONS } from '../features/failure/knowledge-entry.ts';
import type { StoredPattern } from '../features/failure/stored-patterns.ts';
import { knownPattern } from '../query/failures.ts';
import type { Acting } from './acting.ts';
import { changeByEvents } from './change-by-events.ts';

/** What is to become of a pattern of failures. `reset` takes back what was chosen. */
export type PatternWish =
  | { readonly kind: 'set'; readonly action: string }
  | { readonly kind: 'reset' | 'confirm' | 'delete' };

export interface PatternChange {
  readonly patternId: string;
  /** As the event says it. */
  readonly change: JsonObject;
  /** Whether the store has it now; else it waits in the queue for a worker. */
  readonly isStored: boolean;
}

const TYPE = 'learning.pattern_changed';

/**
 * Changes one pattern, and waits for it.
 * @param id An id, or the beginning of one.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE for what the pattern does not allow, QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export async function changePattern(
  acting: Acting,
  id: string,
  wish: PatternWish,
): Promise<PatternChange> {
  const stored = knownPattern(acting.folder, id);
  const patternId = stored.pattern.id;
  const change = changeFor(stored, wish);
  const isStored = await changeByEvents(acting, TYPE, [{ pattern_id: patternId, ...change }]);
  return { patternId, change, isStored };
}

/**
 * Takes over what another store learned, and waits for it.
 * @returns whether the store has it now; else it waits in the queue for a worker.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export function importPatterns(acting: Acting, changes: readonly JsonObject[]): Promise<boolean> {
  return changeByEvents(acting, TYPE, changes);
}

function changeFor(stored: StoredPattern, wish: PatternWish): JsonObject {
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

/** @throws {@link WaymarkError} USAGE for an action that does not exist, or that the pattern does not allow. */
function actionOf({ pattern }: StoredPattern, action: string): JsonObject {
  if (!ACTIONS.some((known) => known === action))
    throw new WaymarkError(
      'USAGE',
      `Cannot set ${pattern.id} to ${action}: choose one of ${ACTIONS.join(', ')}`,
    );
  if (action !== 'auto-fix') return { action };
  if (pattern.fix === null)
    throw new WaymarkError('USAGE', `Cannot set ${pattern.id} to auto-fix: no fix is known`, {
      remedy: 'Use warn, ask or deny.',
    });
  if (!pattern.fix.isWhole || pattern.fix.isEdit)
    throw new WaymarkError(
      'USAGE',
      `Cannot set ${pattern.id} to auto-fix: its fix is not a whole command`,
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
      remedy: '`waymark failures show` tells when there is one.',
    });
  return { confirmed: pattern.fix.text };
}
