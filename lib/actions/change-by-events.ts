import { resolveConfig } from '../config/resolve.ts';
import { PRIORITY, sealEvent } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { JsonObject } from '../core/json.ts';
import { enqueue } from '../queue/enqueue.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { waitUntilStored } from '../query/wait-until-stored.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';

const PATIENCE_MS = 10_000;

/**
 * Changes the store by events of one type, as everything that changes it, and waits for it.
 * @returns whether the store has them now; else they wait in the queue for a worker.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export async function changeByEvents(
  actionContext: ActionContext,
  type: string,
  payloads: readonly JsonObject[],
): Promise<boolean> {
  const { environment, clock, folder } = actionContext;
  const { durability, queueCap, entryCap } = resolveConfig({
    environment,
    userFile: folder.configFile,
  }).values;
  const nextStamp = stampSource(clock);
  const ids = payloads.map((payload) => {
    const stamp = nextStamp();
    const event = sealEvent({ type, priority: PRIORITY.failure, payload }, stamp, 'cli');
    const level = durability === 'file' || durability === 'full' ? durability : 'none';
    enqueue(queueFolder(folder.queue), event, stamp, PRIORITY.failure, {
      durability: level,
      queueCap,
      entryCap,
    });
    return event.event_id;
  });
  return wakeWorker(actionContext) && (await waitUntilStored(folder, ids, PATIENCE_MS));
}
