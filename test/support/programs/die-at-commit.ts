import { appendFileSync } from 'node:fs';
import type { WorkerOrder } from './order.ts';

/**
 * What runs between commit and acknowledgement: at the batch that the order names, this process
 * kills itself, leaving one byte in `killed-after-commit`.
 */
export function dieAtCommit({ home, dieAtCommit: nth }: WorkerOrder): () => void {
  let commits = 0;
  return () => {
    commits += 1;
    if (commits !== nth) return;
    appendFileSync(`${home}/killed-after-commit`, '.');
    process.kill(process.pid, 'SIGKILL');
  };
}
