import { existsSync } from 'node:fs';
import { type FileKind, fileKeeper } from '../core/file-keeper.ts';
import { type Keeper, NOTHING_DELETABLE } from '../core/keeper.ts';
import { resolvedSlice } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { sqliteDriver } from '../store/driver.ts';
import { forgetBefore, forgetIndexed } from './forget.ts';
import { countPlaces, computeIdAt, readPlacesBefore, timeOfId } from './table.ts';
import { indexedSession } from './table-sessions.ts';
import { openIndex, openIndexForReading } from './table-file.ts';

/** The search index: it can be made again from what is kept. */
export const searchFiles: FileKind = {
  name: 'search',
  owns: /^search\.db(?:-\w+)?$/,
  folder: '',
};

/** Documents go by their age, as the rows do that they were made from, and with their session. */
export function searchKeeper(folder: StateFolder): Keeper {
  return {
    ...fileKeeper(searchFiles, folder.root),
    plan({ historyBefore: before }) {
      const count = reading(folder, (index) => countPlaces(index, computeIdAt(before))) ?? 0;
      const [first] =
        reading(folder, (index) => readPlacesBefore(index, computeIdAt(before), 1)) ?? [];
      const oldest = first === undefined ? null : timeOfId(first);
      return resolvedSlice({
        kind: searchFiles.name,
        measure: () => resolvedSlice({ ...NOTHING_DELETABLE, count, oldest }),
        prune: () =>
          count === 0 ? 0 : (writing(folder, (index) => forgetBefore(index, before)) ?? 0),
      });
    },
    forget: (sessions) =>
      writing(folder, (index) =>
        forgetIndexed(
          index,
          [...sessions].flatMap((session) => indexedSession(index, session) ?? []),
        ),
      ) ?? 0,
  };
}

function reading<T>(folder: StateFolder, use: (index: Database) => T): T | undefined {
  const index = openIndexForReading(folder.search, sqliteDriver());
  if (index === undefined) return undefined;
  try {
    return use(index);
  } finally {
    index.close();
  }
}

function writing<T>(folder: StateFolder, use: (index: Database) => T): T | undefined {
  if (!existsSync(folder.search)) return undefined;
  const index = openIndex(folder.search, sqliteDriver());
  try {
    return use(index);
  } finally {
    index.close();
  }
}
