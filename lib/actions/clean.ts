import { type CleanedKind, waitForCleanUp } from '../query/clean.ts';
import type { ActionContext } from './action-context.ts';
import { sendEvent } from './emit-event.ts';

const PATIENCE_MS = 60_000;

/** What a clean-up did. */
export interface CleanResult {
  /** The event that asked for it. */
  readonly event: string;
  /** Whether a worker runs or was started. */
  readonly hasWorker: boolean;
  /** What went; absent while the leading worker has not answered. */
  readonly kinds?: readonly CleanedKind[];
}

/**
 * Asks the leading worker for a clean-up by the event that the weekly schedule sends, too, and
 * waits for its answer: it alone deletes.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export async function requestCleanUp(actionContext: ActionContext): Promise<CleanResult> {
  const { event, hasWorker } = await sendEvent(actionContext, {
    event_type: 'system.cleanup_needed',
    payload: {},
  });
  const id = event.event_id;
  const kinds = hasWorker ? await waitForCleanUp(actionContext.folder, id, PATIENCE_MS) : undefined;
  return { event: id, hasWorker, ...(kinds === undefined ? {} : { kinds }) };
}
