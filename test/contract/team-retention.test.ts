import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { deleteOldRows } from '../../lib/store/postgres/retention.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const MONTHS = ['2026-07', '2026-08', '2026-09', '2026-10', '2026-11'];
const TABLES = teamTablesOfProgram(sqliteDriver()).shared;

describe.skipIf(postgresPrograms() === undefined)('what is old at a team', () => {
  let team: TestTeam;

  beforeAll(async () => {
    team = await testTeam();
  });
  afterAll(() => team.close());
  beforeEach(async () => {
    await team.empty();
    for (const month of MONTHS) {
      const at = Date.parse(`${month}-10T00:00:00.000Z`);
      await team.session.script(`
        SELECT waymark_rows.make_month('${month}-01');
        INSERT INTO waymark_rows.sessions (host, id, last_event_at) SELECT 'h', '${month} ' || n, ${at} FROM generate_series(1, 250) AS n;
        INSERT INTO waymark_rows.messages (host, session_id, id, role, at, text, length) SELECT 'h', '${month} ' || n, 'm', 'prompt', ${at}, 'x', 1 FROM generate_series(1, 250) AS n;
        INSERT INTO waymark_rows.events (host, id, at, seq, type, source, session_id, stored_at, envelope)
          SELECT 'h', '${month} ' || n, ${at}, n, 't', 's', '${month} ' || n, ${at}, '{}' FROM generate_series(1, 250) AS n`);
    }
    await team.session.script(`
      INSERT INTO waymark_rows.events (host, id, at, seq, type, source, stored_at, envelope) VALUES ('h', 'clock of 1970', 5, 1, 't', 's', 5, '{}')`);
  });

  const clean = (...args: readonly string[]) =>
    runCommand(preparedStore(), ['fleet', 'clean', team.url, ...args], { now: NOW });
  const count = async (table: string, of: PostgresSession = team.session) =>
    Number((await of.query(`SELECT count(*) AS n FROM waymark_rows.${table}`))[0]?.['n']);
  const months = async (): Promise<readonly unknown[]> =>
    (
      await team.session.query(
        "SELECT relname FROM pg_class WHERE relname ~ '^events_2026..$' AND relkind = 'r' ORDER BY 1",
      )
    ).map(({ relname }) => relname);

  it('is shown, and stays', async () => {
    const { out, status } = await clean('--older-than', '2026-09-20', '--dry-run');
    expect(status).toBe(0);
    expect(out).toMatch(
      /^Would delete events of 2 months \(2026-07 to 2026-08, .*\) and 750 sessions\.\n$/,
    );
    expect([await count('sessions'), await count('events')]).toEqual([1_250, 1_251]);
  });

  it('goes: months at once, sessions with their rows, and what a wrong clock gave', async () => {
    const { out, err } = await clean('--older-than', '2026-09-20', '--json');
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      ...{ months: ['2026-07', '2026-08'], sessions: 750 },
      rows: 750 + 750 + 250 + 1, // messages, sessions, events of the month that stays, 1970
    });
    expect(await months()).toEqual(['events_202609', 'events_202610', 'events_202611']);
    expect([await count('sessions'), await count('messages'), await count('events')]).toEqual([
      ...[500, 500, 500],
    ]);
    expect((await clean('--older-than', '2026-09-20')).out).toMatch(/^Nothing at .* is that old/);
  });

  it('goes on where it was cut off', async () => {
    let commits = 0;
    const dying: PostgresSession = {
      ...team.session,
      script: async (sql) => {
        if (sql === 'COMMIT') commits += 1;
        if (commits === 3) throw new Error('killed');
        await team.session.script(sql);
      },
    };
    const place = { tables: TABLES, before: Date.parse('2026-09-20') };
    await expect(deleteOldRows(dying, place)).rejects.toThrow('killed');
    await team.session.script('ROLLBACK');
    expect(await count('sessions')).toBe(1_250 - 400);
    expect(await count('messages')).toBe(1_250 - 400);
    expect(await deleteOldRows(team.session, place)).toMatchObject({ sessions: 350 });
    expect([await count('sessions'), await count('messages')]).toEqual([500, 500]);
  });

  it('is a matter of the owner, and needs a time', async () => {
    await team.session.script(
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'eve') THEN CREATE ROLE eve LOGIN IN ROLE waymark_writer; END IF; END $$",
    );
    const url = team.url.replace('owner@', 'eve@');
    const args = ['fleet', 'clean', url, '--older-than', '2026-09-20'];
    const { status, err } = await runCommand(preparedStore(), args, { now: NOW });
    expect(status).toBe(1);
    expect(err).toMatch(/must be owner of table.*\nOnly the owner of the tables may do this/);
    expect(await count('sessions')).toBe(1_250);
    expect((await clean()).err).toContain('--older-than is missing');
  });
});
