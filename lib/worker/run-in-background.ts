import { WaymarkError } from '../core/errors.ts';
import { locateStateFolder } from '../core/state-folder.ts';
import { runWorker } from './run-worker.ts';

/** Runs the worker that nobody watches. @returns the exit status: 0, also when another worker leads; 1 when it could not begin. */
export async function runInBackground(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const nobody = { write: () => true };
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
      terminal: nobody,
    });
    return 0;
  } catch (error) {
    if (error instanceof WaymarkError) return 1; // status and doctor find the same cause
    throw error;
  }
}
