import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../core/errors.ts';
import { isRunning } from '../core/is-running.ts';
import { readQueueState, type SeenWorker } from '../query/workers.ts';
import { queueDepth } from '../queue/depth.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { requestStop } from './request-stop.ts';
import type { ActionContext } from './action-context.ts';

/** What a worker gets to drain (two seconds) and leave, with room. */
export const STOP_PATIENCE_MS = 10_000;

export interface StopResult {
  readonly stopped: readonly string[];
  readonly silent: readonly SeenWorker[];
  /** Entries that wait for the next worker. */
  readonly left: number;
}

/**
 * Asks workers over their pipes to end, and waits until their processes have ended. Kills nothing.
 * @param id One worker, by the beginning of its id; left out: all.
 */
export async function stopWorkers(
  { folder, clock }: Pick<ActionContext, 'folder' | 'clock'>,
  id?: string,
): Promise<StopResult> {
  const { workers } = readQueueState(folder, clock());
  const alive = workers.filter((worker) => worker.state !== 'dead');
  const chosen = id === undefined ? alive : alive.filter((worker) => worker.id.startsWith(id));
  if (id !== undefined && chosen.length !== 1) throw unclear(id, chosen, alive);
  const answers = await Promise.all(
    chosen.map(async (worker) => {
      const answer = await requestStop({
        wakeFolder: folder.wake,
        worker: worker.id,
        patienceMs: STOP_PATIENCE_MS,
      });
      if (answer === 'stopped') await processEnd(worker.pid);
      return { worker, answer };
    }),
  );
  const { pending, delayed, processing } = queueDepth(queueFolder(folder.queue));
  const isGone = ({ worker, answer }: (typeof answers)[number]): boolean =>
    answer === 'stopped' || (answer === 'absent' && worker.mode === 'event-loop');
  return {
    stopped: answers.filter(isGone).map(({ worker }) => worker.id),
    silent: answers.filter((one) => !isGone(one)).map(({ worker }) => worker),
    left: pending + delayed + processing,
  };
}

/** A worker writes its last lines after it has closed its pipe. */
const LAST_LINES_MS = 3_000;
const LOOK_AGAIN_MS = 10;

/**
 * Waits until the process of a worker has ended, so that a caller that deletes the state folder
 * next meets no file that is just being written. If another process has its id by now, this takes
 * three seconds.
 */
async function processEnd(pid: number | null): Promise<void> {
  if (pid === null || pid === 0 || pid === process.pid) return;
  for (let waited = 0; waited < LAST_LINES_MS && isRunning(pid); waited += LOOK_AGAIN_MS)
    await sleep(LOOK_AGAIN_MS);
}

function unclear(
  id: string,
  chosen: readonly SeenWorker[],
  alive: readonly SeenWorker[],
): WaymarkError {
  const names = (chosen.length > 1 ? chosen : alive).map((worker) => worker.id).join(', ');
  if (chosen.length > 1)
    return new WaymarkError('USAGE', `Cannot choose a worker: ${names} begin with ${id}`, {
      remedy: 'Give more of the id.',
    });
  return new WaymarkError(
    'NOT_FOUND',
    `Cannot find worker ${id}: ${names === '' ? 'no worker is running' : `running: ${names}`}`,
    {
      remedy: '`waymark status` shows the workers.',
    },
  );
}
