import { FleetFeed } from '../../lib/fleet/feed.ts';
import { shareRules } from '../../lib/fleet/field-groups.ts';
import { outletOf } from '../../lib/fleet/outlet.ts';
import { sharedTables, teamTables, trackedTables } from '../../lib/fleet/shared-tables.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { noteAllRows, setFeedState, startTracking } from '../../lib/store/changed-rows.ts';
import type { Database, Row } from '../../lib/store/database.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migrate } from '../../lib/store/migrate.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { pgliteSession } from './pglite-session.ts';
import { postgresPrograms, startPostgres } from './postgres-server.ts';
import type { testEvent } from './test-event.ts';
import { testStore } from './test-store.ts';

/** What a test does of a machine that feeds a team. */
export interface FleetMachine {
  readonly store: Database;
  readonly feed: FleetFeed;
  /** Applies events as a worker does. */
  readonly apply: (...events: ReadonlyArray<ReturnType<typeof testEvent>>) => void;
}

/** The session stays open when the feed hangs up: other machines of the test use it, too. */
export function kept(session: PostgresSession): PostgresSession {
  return { ...session, close: async () => undefined };
}

/** A team in a PostgreSQL of its own; in this process where no server is installed. */
export interface TestTeam {
  readonly session: PostgresSession;
  /** Its address; empty where there is no server. */
  readonly url: string;
  /** Empties its tables. */
  readonly empty: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param isEmbedded Whether it is in this process even if a server is installed. */
export async function testTeam(isEmbedded = false): Promise<TestTeam> {
  const programs = isEmbedded ? undefined : postgresPrograms();
  const server = programs === undefined ? undefined : await startPostgres(programs);
  const session = server === undefined ? await pgliteSession() : await server.connect();
  const store = sqliteDriver()(':memory:');
  migrate(store);
  await migratePostgres(session, teamTables(store), 'test');
  store.close();
  const names = await session.query(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'waymark_rows' AND tablename <> 'schema_versions'",
  );
  const all = names.map(({ name }) => `waymark_rows."${name}"`).join();
  return {
    session,
    url: server?.url() ?? '',
    empty: () => session.script(`TRUNCATE ${all}`),
    close: async () => {
      await session.close();
      server?.remove();
    },
  };
}

/**
 * Keeps what the team has of a machine now. @returns what puts it back, as restoring a backup does.
 */
export async function backupOf(
  session: PostgresSession,
  host: string,
): Promise<() => Promise<void>> {
  const names = ['hosts', 'prompts', 'events'];
  await session.script(
    names
      .map(
        (name) =>
          `CREATE TABLE public.kept_${name} AS SELECT * FROM waymark_rows.${name} WHERE host = '${host}';`,
      )
      .join('\n'),
  );
  return () =>
    session.script(
      names
        .map(
          (name) =>
            `DELETE FROM waymark_rows.${name} WHERE host = '${host}'; INSERT INTO waymark_rows.${name} SELECT * FROM public.kept_${name}; DROP TABLE public.kept_${name};`,
        )
        .join('\n'),
    );
}

export interface MachineOptions {
  readonly host?: string;
  readonly person?: string;
  /** Whether rows that are in the store already are sent, too. */
  readonly isWhole?: boolean;
  /** Whether the store is that of a machine that has sent before. */
  readonly keepsState?: boolean;
  /** The setting `fleetShare`. */
  readonly shares?: readonly string[];
  readonly store?: Database;
  readonly clock?: () => number;
  /** Stands for the network. */
  readonly through?: (session: PostgresSession) => PostgresSession;
}

/** A machine that feeds the team at the end of `session`; its feed holds nothing open. */
export function fleetMachine(session: PostgresSession, options: MachineOptions = {}): FleetMachine {
  const { host = 'host-a', person = 'ann', isWhole = false } = options;
  const { shares = ['*=figures+places+commands+texts'] } = options;
  const { store = testStore(), clock = () => 1_795_000_000_000, through = kept } = options;
  const tables = sharedTables(store);
  if (options.keepsState !== true) {
    startTracking(store, trackedTables(tables));
    setFeedState(store, { feed: `feed of ${host}`, changes: 0, events: 0 });
  }
  if (isWhole) noteAllRows(store, trackedTables(tables));
  const feed = new FleetFeed({
    database: () => store,
    tables: () => tables,
    rules: () => shareRules(shares),
    salt: 'salt',
    open: (name) =>
      outletOf(
        through(session),
        { host, name: 'laptop', person, version: '1', feed: name },
        tables,
      ),
    clock,
    pause: async () => undefined,
    log: () => undefined,
  });
  const apply = eventApplier(store, EFFECTS, clock);
  return { store, feed, apply: (...events) => void apply(events) };
}

/** Rows of a table of the team, in the order of their keys, without the team. */
export async function teamRows(session: PostgresSession, table: string): Promise<readonly Row[]> {
  const rows = await session.query(`SELECT * FROM waymark_rows.${table} ORDER BY 2, 3, 4`);
  return rows.map(({ team: _team, ...row }) => row);
}
