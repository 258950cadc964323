import { afterAll, beforeAll, describe } from 'vitest';
import type { Row } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import { applyToPostgres } from '../../lib/store/postgres/postgres-sink.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { type SharedTable, tableShape } from '../../lib/store/postgres/table-shape.ts';
import { pgliteSession, TEAM_DATABASES } from '../support/pglite-session.ts';
import {
  postgresPrograms,
  startPostgres,
  type PostgresServer,
} from '../support/postgres-server.ts';
import {
  CREATE_SINK_TABLES,
  SINK_TABLES,
  sinkContract,
  type SinkUnderTest,
} from './sink-contract.ts';

/** The two tables of the contract, as PostgreSQL gets them from a store of SQLite. */
function sinkTables(): readonly SharedTable[] {
  const store = sqliteDriver()(':memory:');
  store.exec(CREATE_SINK_TABLES);
  const shapes = Object.values(SINK_TABLES).map((definition) => tableShape(store, definition));
  store.close();
  return shapes.map((shape) => ({ shape, session: undefined }));
}

const TABLES = sinkTables();
const SHAPES = new Map(TABLES.map(({ shape }) => [shape.definition.table, shape]));

/** The sink of one session; rows of another host with the same keys are always there, too. */
function postgresSink(session: () => PostgresSession): () => Promise<SinkUnderTest> {
  return async () => {
    await session().script('DELETE FROM waymark_rows.things; DELETE FROM waymark_rows.tags');
    await session().script(
      "INSERT INTO waymark_rows.things (host, id, began_at, ended_at) VALUES ('other', 'a', 0, 99)",
    );
    return {
      apply: (changes) => applyToPostgres(session(), 'mine', SHAPES, changes),
      rowsOf: async (table) => {
        const key = SINK_TABLES[table].key.map((name) => `"${name}"`).join();
        const rows = await session().query(
          `SELECT * FROM waymark_rows.${table} WHERE host = 'mine' ORDER BY ${key}`,
        );
        return rows.map(withoutHost);
      },
    };
  };
}

function withoutHost({ team: _team, host: _host, ...row }: Row): Row {
  return row;
}

describe.skipIf(!TEAM_DATABASES.includes('PGlite'))('PGlite', () => {
  let session: PostgresSession;
  beforeAll(async () => {
    session = await pgliteSession();
    await migratePostgres(session, { shared: TABLES, local: [] }, 'test');
  });
  afterAll(() => session.close());
  sinkContract(
    'PGlite',
    postgresSink(() => session),
    20,
  );
});

const programs = postgresPrograms();

describe.skipIf(programs === undefined)('PostgreSQL', () => {
  let server: PostgresServer;
  let session: PostgresSession;
  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
    session = await server.connect();
    await migratePostgres(session, { shared: TABLES, local: [] }, 'test');
  });
  afterAll(async () => {
    await session.close();
    server.remove();
  });
  sinkContract(
    'PostgreSQL',
    postgresSink(() => session),
    60,
  );
});
