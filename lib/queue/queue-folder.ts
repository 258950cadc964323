import { mkdirSync } from 'node:fs';

/** The five folders of an entry. Its folder is its state; see lib/queue/README.md. */
export interface QueueFolder {
  readonly tmp: string;
  /** Takes foreign files; our own are in `pending/<priority>/`. */
  readonly pending: string;
  readonly delayed: string;
  readonly processing: string;
  readonly dead: string;
}

export const PRIORITIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** Those of alerts and failures, which others wait for. */
export const URGENT: readonly number[] = [0, 1, 2];

/** The layout below `root`; touches nothing. */
export function queueFolder(root: string): QueueFolder {
  return {
    tmp: `${root}/tmp`,
    pending: `${root}/pending`,
    delayed: `${root}/delayed`,
    processing: `${root}/processing`,
    dead: `${root}/dead`,
  };
}

/** Makes every folder of the queue (0700). Safe to repeat. @throws what `mkdir` throws. */
export function makeQueueFolder(queue: QueueFolder): void {
  for (const path of Object.values(queue)) mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const priority of PRIORITIES)
    mkdirSync(`${queue.pending}/${priority}`, { recursive: true, mode: 0o700 });
}
