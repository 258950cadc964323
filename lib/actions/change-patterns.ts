import type { JsonObject } from '../core/json.ts';
import type { Acting } from './acting.ts';
import { changeByEvents } from './change-by-events.ts';

/**
 * Changes what is known of failures, and waits for it.
 * @returns whether the store has it now; else it waits in the queue for a worker.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export function changePatterns(acting: Acting, changes: readonly JsonObject[]): Promise<boolean> {
  return changeByEvents(acting, 'learning.pattern_changed', changes);
}
