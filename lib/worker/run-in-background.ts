import { WaymarkError } from '../core/errors.ts';
import { locateStateFolder } from '../core/state-folder.ts';
import { runWorker } from './run-worker.ts';

/**
 * Runs a worker without a terminal.
 * @returns the exit status: 0, also if another worker leads; 1 if it could not start.
 */
export async function runInBackground(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const silent = { write: () => true };
  const folder = locateStateFolder(environment);
  try {
    await runWorker({
      folder,
      environment,
      flags: {},
      once: false,
      shared: false,
      background: true,
      json: false,
      terminal: silent,
    });
    return 0;
  } catch (error) {
    if (error instanceof WaymarkError) return 1; // status and doctor find the same cause.
    throw error;
  }
}
