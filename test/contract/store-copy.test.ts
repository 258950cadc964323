import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stateFolderAt, type StateFolder } from '../../lib/core/state-folder.ts';
import { copyStore } from '../../lib/fleet/copy-store.ts';
import { countTableRows } from '../../lib/fleet/table.ts';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { STATES } from '../sessions/states.ts';
import { type TestTeam, teamRows, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { START } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

const TABLES = teamTablesOfProgram(sqliteDriver()).shared;
const NAMES = TABLES.map(({ shape }) => shape.definition.table);

/** More events than go at once, so that a copy can be cut off within a table. */
function addEvents(store: Database, count: number): void {
  const insert = store.prepare(
    `INSERT INTO events (id, type, at, source, session_id, envelope, stored_at) VALUES (?, 'test.made', ?, 'test', 's', '{}', 1)`,
  );
  store.exec('BEGIN');
  for (let at = 0; at < count; at += 1) insert.run(`evt_${at}`, START + at * 60_000_000);
  store.exec('COMMIT');
}

describe.skipIf(postgresPrograms() === undefined)('a copy of the store', () => {
  let team: TestTeam;
  let root: string;
  let folder: StateFolder;
  let store: Database;

  beforeAll(async () => {
    team = await testTeam();
  });
  afterAll(() => team.close());
  beforeEach(async () => {
    await team.empty();
    root = mkdtempSync(`${tmpdir()}/waymark-copy-`);
    folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    for (const name of ['two-sessions', 'conversation', 'failures', 'usage', 'agent-runs'])
      await STATES[name]?.(folder);
    store = openStore(folder.store, sqliteDriver());
    addEvents(store, 3_500);
  });
  afterEach(() => {
    store.close();
    rmSync(root, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]) =>
    runCommand(folder, ['store', 'copy', team.url, ...args], { now: START });
  const rowsThere = async () => {
    const counts: Record<string, number> = {};
    for (const table of NAMES) counts[table] = (await teamRows(team.session, table)).length;
    return counts;
  };
  const rowsHere = () =>
    Object.fromEntries(
      TABLES.map(({ shape }) => [shape.definition.table, countTableRows(store, shape)]),
    );

  it('has every row, once, however often it is made', async () => {
    expect(await run()).toMatchObject({ status: 0, err: '' });
    expect(await rowsThere()).toEqual(rowsHere());
    const before = await teamRows(team.session, 'operations');
    const { out } = await run('--json');
    expect(JSON.parse(out)).toMatchObject({ isDone: true, sent: 0 });
    expect(await rowsThere()).toEqual(rowsHere());
    expect(await teamRows(team.session, 'operations')).toEqual(before);
  });

  it('answers as the store does', async () => {
    await run();
    for (const command of ['sessions --any --json', 'cost --json', 'failures list --all --json']) {
      const ask = (...more: readonly string[]) =>
        runCommand(folder, [...command.split(' '), ...more], { now: START });
      expect(await ask('--store', team.url)).toEqual(await ask());
    }
  });

  it.each([1, 2, 4, 9])('goes on where it was cut off: after commit %i', async (commits) => {
    let committed = 0;
    const dying: PostgresSession = {
      ...team.session,
      script: async (sql) => {
        await team.session.script(sql);
        if (sql !== 'COMMIT') return;
        committed += 1;
        if (committed === commits) throw new Error('killed'); // before it was noted
      },
    };
    const saved: Array<{ table: string; rows: number }> = [];
    const parts = {
      ...{ store, host: 'h', tables: TABLES, isStopped: () => false, onProgress: () => undefined },
      save: (position: { table: string; rows: number }) => void saved.push(position),
    };
    await expect(copyStore({ ...parts, session: dying })).rejects.toThrow('killed');
    const position = saved.at(-1);
    const result = await copyStore({ ...parts, session: team.session, position });
    expect(result).toMatchObject({ isDone: true, done: result.total });
    expect(await rowsThere()).toEqual(rowsHere());
  });

  it('begins again after the store has changed, and replaces rows', async () => {
    await run();
    store.prepare("UPDATE sessions SET model = 'another', model_at = 9e15").run();
    expect(JSON.parse((await run('--json')).out)).toMatchObject({ isDone: true });
    expect(await rowsThere()).toEqual(rowsHere());
    const models = (await teamRows(team.session, 'sessions')).map(({ model }) => model);
    expect(new Set(models)).toEqual(new Set(['another']));
  });

  it('keeps no id of a session in its note, and gives its name to a later member', async () => {
    await run();
    const note = JSON.parse(readFileSync(`${folder.root}/copy.json`, 'utf8'));
    expect(Object.keys(note).toSorted()).toEqual(['host', 'mark', 'rows', 'table', 'target']);
    const joined = await runCommand(folder, ['fleet', 'join', team.url, '--json'], {
      environment: { WAYMARK_AUTOSTART: 'false' },
    });
    expect(JSON.parse(joined.out)).toMatchObject({ host: note.host });
  });

  it('says what is wrong', async () => {
    const wrong = await runCommand(folder, ['store', 'copy', 'redis://127.0.0.1/']);
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringMatching(/^Cannot use Redis here/)]);
    const gone = await runCommand(folder, ['store', 'copy', 'postgres://ann@127.0.0.1:1/x']);
    expect([gone.status, gone.err]).toEqual([
      1,
      expect.stringMatching(
        /^Cannot use postgres:\/\/ann@127\.0\.0\.1:1\/x: .*\nCheck that it runs/,
      ),
    ]);
  });
});
