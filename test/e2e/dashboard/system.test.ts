import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { writeTestHeartbeat } from '../../support/metrics-place.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { inStore, preparedStore, START } from '../../unit/cli/prepared-store.ts';
import {
  sharedBrowser,
  expectAccessible,
  hasBrowser,
  isTooWide,
  openPage,
  served,
} from './browser.ts';

const NOW = START + 300_000;

describe.skipIf(!hasBrowser())('the page System', () => {
  const browser = sharedBrowser();

  it('shows workers with their health, tasks, disk, handlers and schedules', async () => {
    const folder = preparedStore();
    const at = new Date(NOW - 12_000).toISOString();
    const tasks = [{ name: 'recover', intervalSeconds: 30, lastRun: at, nextRun: at }];
    writeTestHeartbeat(folder, NOW, { tasks });
    inStore(folder, (database) => {
      const add = database.prepare('INSERT INTO metrics VALUES (?, ?, ?, ?)');
      for (let minute = 0; minute < 4; minute += 1)
        add.run(NOW - minute * 60_000, 'w1', 'health', 100 - minute * 10);
      add.run(NOW - 60_000, 'clean-up', 'cleaned/events', 12);
    });
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/system', { now: NOW });
    await page.getByText('it polls').waitFor();
    await page.getByRole('img', { name: /^Lowest score of the workers, 100 of 100/ }).waitFor();
    await page.getByRole('cell', { name: 'recover' }).waitFor();
    await page.getByText('Deleted: events 12').waitFor();
    await page
      .getByRole('cell', { name: /^builtin\// })
      .first()
      .waitFor();
    await page.getByRole('cell', { name: 'cleanup', exact: true }).waitFor();
    await page.getByText('No webhook').waitFor();
    await expectAccessible(page);
  });

  it('asks for a clean-up, and says that no worker is there to do it', async () => {
    const environment = { WAYMARK_AUTOSTART: 'false' };
    const dashboard = await served(preparedStore(), { clock: () => NOW, environment });
    const page = await openPage(browser(), dashboard, '/system', { now: NOW });
    await page.getByRole('button', { name: 'Clean up' }).click();
    await page.getByText('It waits for a worker.').waitFor();
  });

  it('tells how a worker comes where none runs, and fits a phone', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/system', { now: NOW, width: 360 });
    await page.getByText('No worker is running').waitFor();
    await page.getByText('The state folder is empty').waitFor();
    expect(await isTooWide(page)).toBe(false);
    await expectAccessible(page);
  });
});
