import { renameSync, statSync } from 'node:fs';
import type { FileKeeper } from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';

/** Our own logs are turned over at this size; one old copy of each is kept. Those of events have their own care. */
const LOG_CAP_BYTES = 5 * 1024 * 1024;

export const logKeeper: FileKeeper = {
  name: 'log',
  prune: ({ log }) => {
    for (const file of namesIn(log)) turnOver(`${log}/${file}`);
  },
};

function turnOver(file: string): void {
  if (
    !file.endsWith('.log') ||
    (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < LOG_CAP_BYTES
  )
    return;
  renameSync(file, `${file}.1`);
}
