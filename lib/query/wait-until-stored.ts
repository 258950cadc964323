import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn } from './row.ts';
import { queryStore } from './store-view.ts';

const LOOK_AGAIN_MS = 20;

/** Waits until the store has these events. @returns whether it has, within `patienceMs`. */
export async function waitUntilStored(
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
    const time = await queryStore(folder, undefined, (database) => readStoredTime(database, ids));
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
    .selectFrom(bindList([...new Set(ids)]).as('wanted'))
    .innerJoin('events as e', 'e.id', 'wanted.value')
    .select((eb) => [
      eb.fn.countAll<number>().as('known'),
      eb.fn.max<number>('e.stored_at').as('last'),
    ]);
  const [row = {}] = await runQuery(database, query);
  const isWhole = readNumberColumn(row, 'known') === new Set(ids).size;
  return isWhole ? (readNumberColumn(row, 'last') ?? undefined) : undefined;
}
