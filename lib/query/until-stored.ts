import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { readStore } from './store-view.ts';

const LOOK_AGAIN_MS = 20;

/** Waits until the store has these events. @returns whether it has, within `patienceMs`. */
export async function untilStored(
  folder: StateFolder,
  ids: readonly string[],
  patienceMs: number,
): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += LOOK_AGAIN_MS) {
    if (areStored(folder, ids)) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}

function areStored(folder: StateFolder, ids: readonly string[]): boolean {
  try {
    return readStore(folder, false, (database) => {
      const known = database.prepare('SELECT 1 FROM events WHERE id = ?');
      return ids.every((id) => known.get(id) !== undefined);
    });
  } catch (error) {
    if (error instanceof WaymarkError) return false; // locked for a moment, or being made
    throw error;
  }
}
