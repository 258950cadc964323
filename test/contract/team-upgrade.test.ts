import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import {
  migratePostgres,
  postgresVersion,
  requirePostgresVersion,
} from '../../lib/store/postgres/migrate-postgres.ts';
import { migrations } from '../../lib/store/postgres/schema.ts';
import { POSTGRES_VERSION } from '../../lib/store/schema-version.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { pgliteSession, TEAM_DATABASES } from '../support/pglite-session.ts';
import {
  postgresPrograms,
  type PostgresServer,
  startPostgres,
} from '../support/postgres-server.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

describe.each(TEAM_DATABASES)('a filled database of version 1 on %s', (name) => {
  const tables = teamTablesOfProgram(sqliteDriver());
  let server: PostgresServer | undefined;
  let session: PostgresSession;

  beforeAll(async () => {
    const programs = name === 'PostgreSQL' ? postgresPrograms() : undefined;
    server = programs === undefined ? undefined : await startPostgres(programs);
    session = (await server?.connect()) ?? (await pgliteSession());
    const [first = ''] = migrations(tables.shared, tables.local);
    await session.script(first);
    await session.script(`
      INSERT INTO waymark_rows.schema_versions (version, made_by) VALUES (1, 'test');
      INSERT INTO waymark_rows.hosts (host, name, person, version, feed) VALUES
        ('host-a', 'laptop', 'ann', '1', 'f'), ('host-b', 'laptop', 'bob', '1', 'f');
      SELECT waymark_rows.make_month('2026-10-01'), waymark_rows.make_month('2026-11-01');
      INSERT INTO waymark_rows.sessions (host, id, custom_title, last_event_at)
        SELECT host, host || n, 'Rounding of cents ' || n, 1795000000000 + n FROM waymark_rows.hosts, generate_series(1, 500) AS n;
      INSERT INTO waymark_rows.messages (host, session_id, id, role, at, text, length)
        SELECT host, host || n, 'm', 'prompt', 1795000000000 + n, 'Where does cent ' || n || ' go?', 20 FROM waymark_rows.hosts, generate_series(1, 500) AS n;
      INSERT INTO waymark_rows.pattern_choices (host, pattern_id, confirmed_fix, confirmed_at)
        VALUES ('host-a', 'pat_1', 'npm run build', 1)`);
  });
  afterAll(async () => {
    await session.close();
    server?.remove();
  });

  it('is of no use to this program before it is upgraded', async () => {
    await expect(requirePostgresVersion(session)).rejects.toThrow(
      `its tables are of version 1, this waymark needs ${POSTGRES_VERSION}`,
    );
  });

  it('keeps every row, knows what was confirmed, and finds words', async () => {
    const count = async (table: string): Promise<unknown> =>
      (await session.query(`SELECT count(*) AS n FROM waymark_rows.${table}`))[0]?.['n'];
    expect(await migratePostgres(session, tables, 'test')).toBe(1);
    expect(await postgresVersion(session)).toBe(POSTGRES_VERSION);
    expect([await count('sessions'), await count('messages')]).toEqual([1_000, 1_000]);
    expect(await session.query('SELECT id FROM waymark_rows.knowledge_changes')).toEqual([
      { id: 'pat_1' },
    ]);
    const found = await session.query(
      "SELECT session_id FROM waymark.find_texts('''cent'' & ''77''', 'title,prompt', 0, NULL, false, 9) ORDER BY 1",
    );
    expect(found.map(({ session_id: id }) => id)).toEqual(['host-a77', 'host-b77']);
  });

  it('is upgraded once', async () => {
    expect(await migratePostgres(session, tables, 'test')).toBe(POSTGRES_VERSION);
  });

  const read = async (store = server?.url() ?? '') =>
    runCommand(preparedStore(), ['sessions', '--any', '--store', store]);

  it.runIf(name === 'PostgreSQL').each([
    [1, /an earlier waymark made its tables \(version 1, .*\n.*`waymark fleet set-up URL`/],
    [99, /a later waymark made its tables \(version 99, .*\nUpgrade waymark/],
  ])('is not read while its tables are of version %i', async (version, said) => {
    await session.script('BEGIN; CREATE TABLE kept AS SELECT * FROM waymark_rows.schema_versions');
    await session.script(
      `DELETE FROM waymark_rows.schema_versions; INSERT INTO waymark_rows.schema_versions (version, made_by) VALUES (${version}, 'test'); COMMIT`,
    );
    const { status, out, err } = await read();
    await session.script(
      'DELETE FROM waymark_rows.schema_versions; INSERT INTO waymark_rows.schema_versions SELECT * FROM kept; DROP TABLE kept',
    );
    expect({ status: status === 0, out }).toEqual({ status: false, out: '' });
    expect(err).toMatch(said);
    expect((await read()).status).toBe(0);
  });

  it.runIf(name === 'PostgreSQL')('is told apart from a database without tables', async () => {
    await server?.createDatabase('nothing');
    const { status, err } = await read(server?.url('nothing'));
    expect(status).not.toBe(0);
    expect(err).toMatch(/it has no tables of waymark\n.*`waymark fleet set-up URL`/);
  });
});
