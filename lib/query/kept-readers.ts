import { statSync } from 'node:fs';
import type { StateFolder, TeamPlace } from '../core/state-folder.ts';
import { openIndexForReading } from '../search/table-file.ts';
import type { Database } from '../store/database.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStoreForReading } from '../store/open-store.ts';
import { openTeamStore } from '../store/postgres/team-store.ts';
import { type ReaderPool, readerPool } from '../store/reader-pool.ts';

interface KeptPool {
  readonly pool: ReaderPool;
  users: number;
}

/** By the file, or by the team. */
const POOLS = new Map<string | TeamPlace, KeptPool>();

/**
 * Keeps connections to the store, or to the store of a team, and to the search index open from one
 * question to the next. For every process that reads more than once.
 * @returns a function that closes them.
 */
export function keepReadersOpen({ store, search, team }: StateFolder): () => void {
  const release =
    team === undefined
      ? [keep(store, () => openFile(store)), keep(search, () => openIndex(search))]
      : [keep(team, () => openTeamStore(team))];
  return () => {
    for (const one of release) one();
  };
}

function keep(key: string | TeamPlace, open: () => Database | undefined): () => void {
  const identify = (): string => (typeof key === 'string' ? identityOf(key) : '');
  const kept = POOLS.get(key) ?? { pool: readerPool(open, { identify }), users: 0 };
  kept.users += 1;
  POOLS.set(key, kept);
  return () => {
    kept.users -= 1;
    if (kept.users > 0) return;
    POOLS.delete(key);
    kept.pool.close();
  };
}

/** Differs when another file has the path: file systems give inode numbers again. */
function identityOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.dev} ${found.ino} ${found.birthtimeMs}`;
}

/** Opens the store of this machine to read; the caller closes it. `undefined`: there is none. */
export function takeStore(path: string): Database | undefined {
  const kept = POOLS.get(path);
  return kept === undefined ? openFile(path) : kept.pool.take();
}

/** Opens the search index to read; the caller closes it. `undefined`: there is none. */
export function takeIndex(path: string): Database | undefined {
  const kept = POOLS.get(path);
  return kept === undefined ? openIndex(path) : kept.pool.take();
}

/** Opens the store of a team to read; the caller closes it. */
export function takeTeamStore(team: TeamPlace): Database {
  return POOLS.get(team)?.pool.take() ?? openTeamStore(team);
}

const openFile = (path: string): Database | undefined => openStoreForReading(path, sqliteDriver());

const openIndex = (path: string): Database | undefined => openIndexForReading(path, sqliteDriver());
