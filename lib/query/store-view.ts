import { ERRORS, reasonOf, WaymarkError } from '../core/errors.ts';
import type { StateFolder, TeamPlace } from '../core/state-folder.ts';
import type { Database, Row } from '../store/database.ts';
import { PostgresFault } from '../store/postgres/postgres-fault.ts';
import {
  isBeforeSchema1,
  POSTGRES_VERSION,
  SCHEMA_VERSION,
  schemaVersion,
} from '../store/schema-version.ts';
import { StoreFault, storeFaultOf } from '../store/store-fault.ts';
import { takeStore, takeTeamStore } from './kept-readers.ts';
import { classifyStoreFault } from './store-error.ts';

/** A worker of this version takes the place of another one, and brings the store up to date. */
const RESTART = 'Run `waymark worker restart`.';

/** Whether it is the store of a team: of other machines, whose files are not here. */
export function isOfTeam({ driver }: Database): boolean {
  return driver === 'PostgreSQL';
}

/** How the store answers a reader. */
export type StoreState = 'ok' | 'missing' | 'locked' | 'corrupt' | 'unavailable';

/** The store as a command sees it: a database to read from, or what is wrong instead. */
export type StoreView =
  | { readonly state: 'ok'; readonly database: Database; readonly message?: undefined }
  | { readonly state: 'missing'; readonly database?: undefined; readonly message?: undefined }
  | {
      readonly state: 'locked' | 'corrupt' | 'unavailable';
      readonly database?: undefined;
      readonly message: string;
      /** Present where the version is what is wrong: what to do about it. */
      readonly remedy?: string;
    };

/**
 * Opens the store read-only for the time of `use`; says what is wrong with it instead of throwing.
 */
export function withStoreView<T>(folder: StateFolder, use: (view: StoreView) => T): T {
  const view = openStoreView(folder);
  try {
    return use(view);
  } finally {
    view.database?.close();
  }
}

/**
 * What a query finds in the store, or `empty` when there is none yet. The store stays open until
 * the promise is kept.
 * @throws {@link WaymarkError} STORE_UNAVAILABLE or STORE_CORRUPT when it cannot be read.
 */
export async function queryStore<T>(
  folder: StateFolder,
  empty: T,
  ask: (database: Database) => Promise<T>,
): Promise<T> {
  const view = await viewStore(folder);
  try {
    const database = databaseOf(view);
    return database === undefined ? empty : await ask(database);
  } finally {
    view.database?.close();
  }
}

/**
 * What a query finds in an open view; `none` when there is no store, or it cannot be read. For what
 * shows much more than the store.
 */
export async function readFromStore<T>(
  { database }: StoreView,
  none: T,
  read: (database: Database) => Promise<T>,
): Promise<T> {
  if (database === undefined) return none;
  try {
    return await read(database);
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return none; // it broke between two reads
  }
}

function databaseOf(view: StoreView): Database | undefined {
  if (view.state === 'ok' || view.state === 'missing') return view.database;
  const isTooNew = view.remedy === ERRORS.STORE_TOO_NEW.remedy;
  const code = view.state === 'corrupt' ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE';
  throw new WaymarkError(
    isTooNew ? 'STORE_TOO_NEW' : code,
    `Cannot read the store: ${view.message}`,
    view.remedy === undefined ? {} : { remedy: view.remedy },
  );
}

/** As {@link openStoreView}, but a team is asked while this thread goes on. */
export async function viewStore(folder: StateFolder): Promise<StoreView> {
  const { team } = folder;
  if (team === undefined) return openStoreView(folder);
  const database = takeTeamStore(team);
  try {
    const [row] = (await database.ask?.(TEAM_PROBE, [])) ?? [];
    return viewOfTeam(team, database, row);
  } catch (error) {
    database.close();
    return unavailableTeam(team, error);
  }
}

/** Opens the store read-only, or says what is wrong; the caller closes the database. */
export function openStoreView(folder: StateFolder): StoreView {
  if (folder.team !== undefined) return openTeamView(folder.team);
  let database: Database | undefined;
  try {
    database = takeStore(folder.store);
    if (database === undefined) return { state: 'missing' };
    const version = schemaVersion(database);
    if (isBeforeSchema1(database)) {
      database.close();
      return {
        state: 'unavailable',
        message:
          'a waymark from before schema 1 wrote it; the next worker moves it to waymark.db.before-1 and creates a new one',
        remedy: RESTART,
      };
    }
    if (version > SCHEMA_VERSION) {
      database.close();
      return {
        state: 'unavailable',
        message: `a later waymark wrote it (version ${version}, this one reads ${SCHEMA_VERSION})`,
        remedy: ERRORS.STORE_TOO_NEW.remedy,
      };
    }
    if (version > 0 && version < SCHEMA_VERSION) {
      database.close();
      return {
        state: 'unavailable',
        message: `an earlier waymark wrote it (version ${version}, this one reads ${SCHEMA_VERSION}); the next worker upgrades it`,
        remedy: RESTART,
      };
    }
    if (version > 0) {
      // a lock or a torn page shows here, not in the middle of an answer
      database.prepare('SELECT 1 FROM sessions LIMIT 1').get();
      return { state: 'ok', database };
    }
    database.close();
    return { state: 'missing' }; // a worker is making it at this moment
  } catch (error) {
    closeQuietly(database);
    const fault = storeFaultOf(error);
    return {
      state: fault === undefined ? 'unavailable' : classifyStoreFault(fault),
      message: reasonOf(error),
    };
  }
}

function openTeamView(team: TeamPlace): StoreView {
  let database: Database | undefined;
  try {
    database = takeTeamStore(team);
    return viewOfTeam(team, database, database.prepare(TEAM_PROBE).get());
  } catch (error) {
    closeQuietly(database);
    return unavailableTeam(team, error);
  }
}

/** No answer, no right and no table show here, not in the middle of an answer. */
const TEAM_PROBE = 'SELECT max(version) AS version FROM waymark_rows.schema_versions';

/** Tables of another version may lack rows that a query relies on, and nothing would show it. */
function viewOfTeam(team: TeamPlace, database: Database, row: Row | undefined): StoreView {
  const version = Number(row?.['version'] ?? 0);
  if (version === POSTGRES_VERSION) return { state: 'ok', database };
  database.close();
  const isLater = version > POSTGRES_VERSION;
  return {
    state: 'unavailable',
    message: `${team.url}: ${isLater ? 'a later' : 'an earlier'} waymark made its tables (version ${version}, this one reads ${POSTGRES_VERSION})`,
    remedy: isLater ? ERRORS.STORE_TOO_NEW.remedy : ERRORS.FLEET_NOT_READY.remedy,
  };
}

function unavailableTeam({ url }: TeamPlace, error: unknown): StoreView {
  const fault = error instanceof StoreFault ? error.cause : error;
  const hasNoTables = fault instanceof PostgresFault && fault.kind === 'schema';
  const isDenied = fault instanceof PostgresFault && fault.kind === 'denied';
  return {
    state: 'unavailable',
    message: `${url}: ${hasNoTables ? 'it has no tables of waymark' : reasonOf(error)}`,
    remedy: hasNoTables ? ERRORS.FLEET_NOT_READY.remedy : isDenied ? DENIED_REMEDY : TEAM_REMEDY,
  };
}

const DENIED_REMEDY =
  'Give the password in WAYMARK_FLEET_PASSWORD or ~/.pgpass, and check the role: `waymark docs team`.';
const TEAM_REMEDY = 'Check the address, the password and the role: `waymark docs team`.';

function closeQuietly(database: Database | undefined): void {
  try {
    database?.close();
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error; // a broken store may refuse that, too
  }
}
