import { existsSync, renameSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { SCHEMA_VERSION } from '../../../lib/store/schema-version.ts';
import { preparedStore, prepareStore, SESSION, START } from '../../unit/cli/prepared-store.ts';
import { hasBrowser, openPage, served, sharedBrowser } from './browser.ts';

const NOW = START + 300_000;

/** Pages and what is on them while the store can be read. */
const PAGES: ReadonlyArray<readonly [path: string, shown: string]> = [
  ['/', 'aaaa2222'],
  ['/sessions', '2 sessions'],
  ['/failures', 'npm test'],
  ['/cost', 'No answers in this period'],
  ['/events', 'session.ended'],
  ['/security', 'Some points need a look'],
  ['/agents', 'No agent has finished'],
  ['/dead-letters', 'No dead letters'],
  ['/system', 'No worker is running'],
];

describe.skipIf(!hasBrowser())('a page that is open while the store is in trouble', () => {
  const browser = sharedBrowser();
  const open = async (path: string): Promise<{ page: Page; folder: StateFolder }> => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    const page = await openPage(browser(), dashboard, path, { now: NOW });
    await page.getByText('live', { exact: true }).waitFor();
    return { page, folder: dashboard.folder };
  };
  const setVersion = (folder: StateFolder, version: number): void => {
    const database = sqliteDriver()(folder.store);
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
  };

  it.each(PAGES)(
    'says on %s that a later version wrote it, and is right again when it can be read',
    async (path, shown) => {
      const { page, folder } = await open(path);
      await page.getByText(shown).first().waitFor();
      const trouble = page.getByText('a later waymark wrote it').first();
      setVersion(folder, 99);
      await trouble.waitFor();
      setVersion(folder, SCHEMA_VERSION);
      await trouble.waitFor({ state: 'detached' });
      await page.getByText(shown).first().waitFor();
    },
  );

  it('shows events that were stored after the trouble', async () => {
    const { page, folder } = await open('/events');
    await page.getByText('session.ended').first().waitFor();
    setVersion(folder, 99);
    await page.getByText('a later waymark wrote it').waitFor();
    setVersion(folder, SCHEMA_VERSION);
    prepareStore(folder, [['my.test', 200, { session_id: SESSION }]], 1_000);
    await page.getByText('my.test').waitFor();
  });

  it('shows an empty store while its files are away, and what is in them when they are back', async () => {
    const { page, folder } = await open('/sessions');
    await page.getByText('2 sessions').waitFor();
    moveStore(folder.store, `${folder.store}.away`);
    await page.getByText('No sessions yet').waitFor();
    moveStore(`${folder.store}.away`, folder.store);
    await page.getByText('2 sessions').waitFor();
  });
});

/** Moves the store with the files that SQLite keeps beside it. */
function moveStore(from: string, to: string): void {
  for (const end of ['-wal', '-shm', ''])
    if (existsSync(`${from}${end}`)) renameSync(`${from}${end}`, `${to}${end}`);
}
