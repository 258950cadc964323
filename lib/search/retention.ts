import { existsSync } from 'node:fs';
import { type FileKind, fileKeeper } from '../core/file-keeper.ts';
import { type Keeper, NOTHING } from '../core/keeper.ts';
import { constant } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { sqliteDriver } from '../store/driver.ts';
import { forgetBefore, forgetIndexed } from './forget.ts';
import { countPlaces, idAt, indexedSession, placesBefore, timeOfId } from './table.ts';
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
    plan({ before }) {
      const count = reading(folder, (index) => countPlaces(index, idAt(before))) ?? 0;
      const [first] = reading(folder, (index) => placesBefore(index, idAt(before), 1)) ?? [];
      const oldest = first === undefined ? null : timeOfId(first);
      return constant({
        kind: searchFiles.name,
        measure: () => constant({ ...NOTHING, count, oldest }),
        prune: () =>
          count === 0 ? 0 : (writing(folder, (index) => forgetBefore(index, before)) ?? 0),
      });
    },
    forget: (session) =>
      writing(folder, (index) => {
        const known = indexedSession(index, session);
        return known === undefined ? 0 : forgetIndexed(index, known);
      }) ?? 0,
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
