import { namesIn, readTextOrEmpty } from '../core/files.ts';
import { parseJsonObject } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';

/** Whether a worker leads that is of another version than the installed hooks. The one that is started then asks it to end. */
export function isWorkerOutdated({ bin, heartbeat }: StateFolder): boolean {
  const installed = readTextOrEmpty(`${bin}/version`).trim();
  if (installed === '') return false; // run from the package
  return namesIn(heartbeat).some((name) => {
    const beat = parseJsonObject(readTextOrEmpty(`${heartbeat}/${name}`));
    return beat?.['leader'] === true && beat['version'] !== installed;
  });
}
