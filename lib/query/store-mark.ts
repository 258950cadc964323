import { statSync } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';
import { PRIORITIES, queueFolder } from '../queue/queue-folder.ts';
import { listHeartbeatWorkers } from '../queue/wakeup/heartbeat.ts';
import { isAlive } from '../queue/wakeup/is-alive.ts';

/**
 * A text that differs from an earlier one when the store, the queue, a worker's heartbeat or the
 * list of kept reports has changed since. Costs some twenty calls of `stat` and opens nothing.
 */
export function readStoreMark(folder: StateFolder): string {
  const queue = queueFolder(folder.queue);
  const paths = [
    ...[folder.store, `${folder.store}-wal`, folder.heartbeat, folder.wake, folder.configFile],
    folder.reports,
    ...[queue.dead, queue.delayed, queue.processing],
    ...PRIORITIES.map((priority) => `${queue.pending}/${priority}`),
  ];
  return paths.map(markOf).join(' ');
}

function markOf(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? '-' : `${found.ino}:${found.size}:${found.mtimeMs}`;
  } catch {
    return '!'; // it may not be looked at: that changes, too
  }
}

/** A text that differs when a worker has come or died since: one that is killed changes no file. */
export function readWorkerMark({ heartbeat, wake }: StateFolder): string {
  return listHeartbeatWorkers(heartbeat)
    .map((id) => `${id}:${isAlive(wake, id)}`)
    .join(' ');
}
