import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTeamStore } from '../../lib/store/postgres/team-store.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { askPasswords } from '../support/ask-passwords.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

/** Signs that have a meaning in addresses. */
const PASSWORD = "p%40 s/s@:#?é'\\";

describe.skipIf(postgresPrograms() === undefined)('a team whose roles have passwords', () => {
  let team: TestTeam;
  let url: string;

  beforeAll(async () => {
    team = await testTeam();
    await team.session.script(
      `CREATE ROLE ann LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}' IN ROLE waymark_writer`,
    );
    await askPasswords(team.session, ['ann']);
    url = team.url.replace('owner@', 'ann@');
  });
  afterAll(() => team.close());

  const passwordFile = (text = `${PASSWORD}\n`): string => {
    const file = `${tempFolder()}/password`;
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };

  it('lets in who has it, to write and to read, and nobody else', async () => {
    const session = await connectPostgres({ url, password: PASSWORD, name: 'test' });
    expect(await session.query('SELECT current_user AS who')).toEqual([{ who: 'ann' }]);
    await session.close();
    const store = openTeamStore({ url, password: PASSWORD });
    expect(store.prepare('SELECT count(*) AS n FROM sessions').get()).toEqual({ n: 0 });
    store.close();
    for (const password of ['wrong', undefined])
      await expect(connectPostgres({ url, password, name: 'test' })).rejects.toThrow();
  });

  it('is joined, read and left with a file of it, which no message shows', async () => {
    const folder = preparedStore();
    const run = (args: readonly string[], environment = {}) =>
      runCommand(folder, args, { environment });
    const wrong = await run(['fleet', 'join', url, '--password-file', passwordFile('secret1')]);
    expect(wrong.status).not.toBe(0);
    expect(wrong.err).toMatch(
      /^Cannot use .*: password authentication failed for user "ann"\n.+\n$/,
    );
    expect(wrong.err).not.toContain('secret1');
    const joined = await run(['fleet', 'join', url, '--password-file', passwordFile()]);
    expect(joined).toMatchObject({ status: 0, err: '' });
    expect(await run(['sessions', '--any', '--store', 'team'])).toMatchObject({
      status: 0,
      err: '',
    });
    expect(await run(['fleet', 'leave', '--delete'])).toMatchObject({ status: 0, err: '' });
  });

  it('is asked for where none is given', async () => {
    const folder = preparedStore();
    const asked = 'it asks for a password, and none is given';
    const joined = await runCommand(folder, ['fleet', 'join', url]);
    expect(joined).toMatchObject({ status: 1, err: expect.stringContaining(asked) });
    const read = await runCommand(folder, ['sessions', '--any', '--store', url]);
    expect(read.status).toBe(1);
    expect(read.err).toMatch(
      new RegExp(`${asked}\\nGive the password in WAYMARK_FLEET_PASSWORD or ~/.pgpass`),
    );
  });

  it('takes it from the environment, and from an address there', async () => {
    const folder = preparedStore();
    const environments = [
      { WAYMARK_STORE_URL: url, WAYMARK_FLEET_PASSWORD: PASSWORD },
      { WAYMARK_STORE_URL: url.replace('ann@', `ann:${encodeURIComponent(PASSWORD)}@`) },
    ];
    for (const environment of environments)
      expect(await runCommand(folder, ['sessions', '--any'], { environment })).toMatchObject({
        status: 0,
        err: '',
      });
  });
});
