import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../support/postgres-server.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

/** So short that no table is created in it. */
const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

describe.skipIf(postgresPrograms() === undefined)('a database with limits of time', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres(postgresPrograms() ?? '');
    await server.createDatabase('team');
    const session = await server.connect();
    for (const name of LIMITS) await session.script(`ALTER DATABASE team SET ${name} = '1ms'`);
    await session.close();
  });
  afterAll(() => server.remove());

  const limitsFor = async (statementMs?: number): Promise<readonly unknown[]> => {
    const session = await connectPostgres({
      ...{ url: server.url('team'), name: 'test' },
      ...(statementMs === undefined ? {} : { statementMs }),
    });
    const rows = await session.query(
      `SELECT ${LIMITS.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`,
    );
    await session.close();
    return Object.values(rows[0] ?? {});
  };

  it('is set up however long it takes, joined and read', async () => {
    const folder = preparedStore();
    const run = async (...args: readonly string[]): Promise<void> =>
      expect(await runCommand(folder, args)).toMatchObject({ status: 0, err: '' });
    await run('fleet', 'set-up', server.url('team'));
    const session = await server.connect('team');
    // who sends and reads may not keep a transaction open
    await session.script('ALTER DATABASE team RESET idle_in_transaction_session_timeout');
    await session.close();
    await run('fleet', 'join', server.url('team'));
    await run('sessions', '--any', '--store', 'team');
  });

  it('limits no statement of an upgrade, and others to a minute', async () => {
    expect(await limitsFor(0)).toEqual(['0', '0', '0']);
    expect((await limitsFor())[0]).toBe('1min');
  });
});
