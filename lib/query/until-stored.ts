import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { listed, queryBuilder, rowsOf } from './builder.ts';
import { numberOf } from './row.ts';
import { askStore } from './store-view.ts';

const LOOK_AGAIN_MS = 20;

/** Waits until the store has these events. @returns whether it has, within `patienceMs`. */
export async function untilStored(
  folder: StateFolder,
  ids: readonly string[],
  patienceMs: number,
): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += LOOK_AGAIN_MS) {
    if (await areStored(folder, ids)) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}

async function areStored(folder: StateFolder, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  try {
    const time = await askStore(folder, undefined, (database) => readStoredTime(database, ids));
    return time !== undefined;
  } catch (error) {
    if (error instanceof WaymarkError) return false; // locked for a moment, or being made
    throw error;
  }
}

/**
 * When the last of these events was stored, in milliseconds since the epoch; `undefined` while one
 * is missing.
 */
export async function readStoredTime(
  database: Database,
  ids: readonly string[],
): Promise<number | undefined> {
  const query = queryBuilder()
    .selectFrom(listed([...new Set(ids)]).as('wanted'))
    .innerJoin('events as e', 'e.id', 'wanted.value')
    .select((eb) => [
      eb.fn.countAll<number>().as('known'),
      eb.fn.max<number>('e.stored_at').as('last'),
    ]);
  const [row = {}] = await rowsOf(database, query);
  const isWhole = numberOf(row, 'known') === new Set(ids).size;
  return isWhole ? (numberOf(row, 'last') ?? undefined) : undefined;
}
