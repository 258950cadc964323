import { namesIn } from '../core/files.ts';
import { readView, readViewText } from '../core/read-view.ts';
import type { StateFolder } from '../core/state-folder.ts';

/**
 * Whether the leading worker has another version than the installed hooks. A newly started worker
 * then asks it to stop.
 */
export function isWorkerOutdated({ bin, heartbeat }: StateFolder): boolean {
  const installed = readViewText(`${bin}/version`).trim();
  if (installed === '') return false; // Run from the package.
  return namesIn(heartbeat).some((name) => {
    const beat = readView(`${heartbeat}/${name}`);
    return beat?.['leader'] === true && beat['version'] !== installed;
  });
}
