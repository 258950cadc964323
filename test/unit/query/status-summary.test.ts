import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt, type StateFolder } from '../../../lib/core/state-folder.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { type StatusSummary, readStatusSummary } from '../../../lib/query/status-summary.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { inStore, OTHER, preparedStore, SESSION, START } from '../cli/prepared-store.ts';

const NOW = START + 60_000;
const HOUR = 3_600_000;

const look = (folder: StateFolder, now = NOW): Promise<StatusSummary> =>
  readStatusSummary({ folder, clock: () => now, sleep: async () => undefined });

function note(folder: StateFolder, session: string, id: string, at: number): void {
  const place = `${folder.throttle}/${session}`;
  mkdirSync(place, { recursive: true });
  writeFileSync(`${place}/captured`, `${id}\n`);
  utimesSync(`${place}/captured`, at / 1_000, at / 1_000);
}

describe('readGlance', () => {
  it('counts what happened today, and lists sessions that go on', async () => {
    const { counts, live } = await look(preparedStore());
    expect(counts).toEqual({
      ...{ total: 2, sessions: 2, calls: 2, failures: 1 },
      ...{ warned: 0, heeded: 0, deadDeliveries: 0 },
    });
    expect(live).toMatchObject([{ id: OTHER, state: 'waiting-for-you' }]);
  });

  it('counts nothing of other days', async () => {
    const folder = preparedStore();
    expect((await look(folder, NOW + 72 * HOUR)).counts).toMatchObject({
      ...{ total: 2, sessions: 0, calls: 0, failures: 0 },
    });
  });

  it('counts warnings before known failures, and those that were heeded', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const add = database.prepare(
        "INSERT INTO told (id, session_id, kind, about, detail, at, outcome) VALUES (?, ?, ?, 'x', '{}', ?, ?)",
      );
      for (const [index, outcome] of ['heeded', 'failed_again', null].entries())
        add.run(`t${index}`, SESSION, 'failure', START + index, outcome);
      add.run('t9', SESSION, 'context', START, 'heeded');
    });
    expect((await look(folder)).counts).toMatchObject({ warned: 3, heeded: 1 });
  });

  it('takes stock of sessions of the last 24 hours alone', async () => {
    const folder = preparedStore();
    note(folder, 'new', 'evt_20261122_100000_0000000000000001', NOW - HOUR);
    note(folder, 'old', 'evt_20261120_100000_00000000000000ff', NOW - 25 * HOUR);
    expect((await look(folder)).ledger).toMatchObject({ captured: 1, stored: 1, gaps: 0 });
  });

  it('counts our hooks in settings files, without the status line', async () => {
    const folder = preparedStore();
    const file = `${folder.root}/settings.json`;
    const commands = HOOKS.map(({ name }) => ({ command: `${folder.bin}/${name}` }));
    const settings = { hooks: commands, statusLine: { command: `'${folder.bin}/statusline'` } };
    writeFileSync(file, JSON.stringify(settings));
    mkdirSync(`${folder.root}/install`);
    writeFileSync(`${folder.root}/install/user.json`, JSON.stringify({ file }));
    const count = HOOKS.length;
    const wired = async (): Promise<StatusSummary['settings']> => (await look(folder)).settings;
    expect(await wired()).toEqual([{ file, hooks: count, expected: count, isOff: false }]);
    writeFileSync(file, JSON.stringify({ ...settings, disableAllHooks: true }));
    expect(await wired()).toMatchObject([{ isOff: true }]);
    writeFileSync(file, '{}');
    expect(await wired()).toMatchObject([{ hooks: 0 }]);
  });

  it('says why no worker can use the state folder', async () => {
    const folder = preparedStore();
    expect((await look(folder)).homeFault).toBeUndefined();
    chmodSync(folder.root, 0o755);
    expect((await look(folder)).homeFault).toMatchObject({ kind: 'mode' });
  });

  it('works without a store, and with one that is damaged', async () => {
    const folder = stateFolderAt(tempFolder(), {}, []);
    expect(await look(folder)).toMatchObject({ store: { state: 'missing' }, counts: { total: 0 } });
    writeFileSync(folder.store, 'broken '.repeat(2_000));
    const summary = await look(folder);
    expect(summary.store.state).toBe('corrupt');
    expect(summary.counts).toBeUndefined();
  });
});
