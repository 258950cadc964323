import { mkdirSync } from 'node:fs';

/** The five folders of the queue. The folder of an entry is its state; see lib/queue/README.md. */
export interface QueueFolder {
  readonly tmp: string;
  /** Accepts foreign files; our own entries are in `pending/<priority>/`. */
  readonly pending: string;
  readonly delayed: string;
  readonly processing: string;
  readonly dead: string;
}

export const PRIORITIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** Priorities of alerts and failures. Others wait for their commit. */
export const URGENT_PRIORITIES: readonly number[] = [0, 1, 2];

/** Returns the paths below `root`; touches nothing. */
export function queueFolder(root: string): QueueFolder {
  return {
    tmp: `${root}/tmp`,
    pending: `${root}/pending`,
    delayed: `${root}/delayed`,
    processing: `${root}/processing`,
    dead: `${root}/dead`,
  };
}

/**
 * Creates all folders of the queue (0700). Idempotent.
 * @throws the errno of `mkdir`.
 */
export function makeQueueFolder(queue: QueueFolder): void {
  for (const path of Object.values(queue)) mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const priority of PRIORITIES)
    mkdirSync(`${queue.pending}/${priority}`, { recursive: true, mode: 0o700 });
}
