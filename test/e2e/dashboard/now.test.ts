import { describe, expect, it } from 'vitest';
import { inStore, preparedStore, START } from '../../unit/cli/prepared-store.ts';
import { sharedBrowser, expectAccessible, hasBrowser, openPage, served } from './browser.ts';

const NOW = START + 300_000;

describe.skipIf(!hasBrowser())('the page Now', () => {
  const browser = sharedBrowser();

  it('shows active sessions, limits and figures of the worker', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      database
        .prepare(
          'INSERT INTO account_limits (config_folder, name, at, used, resets_at) VALUES (?, ?, ?, ?, ?)',
        )
        .run('/home/you/.claude', 'five_hour', NOW - 60_000, 82, NOW + 3_600_000);
      const insert = database.prepare(
        'INSERT INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?)',
      );
      for (let minute = 0; minute < 5; minute += 1) {
        insert.run(START + minute * 60_000, 'w1', 'throughput', minute);
        insert.run(START + minute * 60_000, 'w1', 'latency_p50_ms', 3 + minute);
        insert.run(START + minute * 60_000, 'w1', 'latency_p95_ms', 12 + minute);
      }
    });
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/', { now: NOW });
    await page.getByText('82 %').waitFor();
    await page.getByText('in 1h').waitFor();
    await page.getByRole('img', { name: 'Latency: median 7 ms' }).waitFor();
    expect(await page.locator('canvas').count()).toBe(2);
    await expectAccessible(page);
    await page.getByRole('link', { name: /^Session aaaa2222/ }).click();
    await page.waitForURL('**/sessions/aaaa2222-*');
  });

  it('says what is wrong, with the command that helps', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => database.exec('PRAGMA user_version = 99'));
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/', { now: NOW });
    await page.getByText('a later waymark wrote it').waitFor();
    await page.getByText('Upgrade waymark').waitFor();
    await expectAccessible(page);
  });
});
