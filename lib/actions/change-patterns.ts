import type { JsonObject } from '../core/json.ts';
import { changeByEvents } from './change-by-events.ts';
import type { CommandContext } from '../cli/command-context.ts';

/**
 * Changes what is known of failures, and waits for it.
 * @returns whether the store has it now; else it waits in the queue for a worker.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export function changePatterns(
  context: CommandContext,
  changes: readonly JsonObject[],
): Promise<boolean> {
  return changeByEvents(context, 'learning.pattern_changed', changes);
}
