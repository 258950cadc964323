import { describe, expect, it } from 'vitest';
import { preparedStore, START } from '../../unit/cli/prepared-store.ts';
import {
  sharedBrowser,
  expectAccessible,
  hasBrowser,
  isTooWide,
  openPage,
  served,
} from './browser.ts';

const NOW = START + 300_000;

const RISK = {
  ...{ session_id: 's1', rule: 'force-push-main', severity: 'high', tool: 'Bash' },
  ...{ message: 'A command <b>replaces</b> a branch', tool_use_id: 't1' },
};
const SCAN = { session_id: 's1', scanner: 'npm-audit', project: '/work/shop', findings: 4 };

describe.skipIf(!hasBrowser())('the page Security', () => {
  const browser = sharedBrowser();

  it('shows posture, checklist, findings and scans', async () => {
    const folder = preparedStore([
      ['security.risky_command', 10, RISK],
      ['security.scan_completed', 20, { ...SCAN, severities: { critical: 1, high: 2 } }],
    ]);
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/security', { now: NOW });
    await page.getByText('A command <b>replaces</b> a branch').waitFor();
    await page.getByText('npm-audit').last().waitFor();
    await page.getByRole('img', { name: /critical or high event/ }).waitFor();
    await page.getByRole('heading', { name: 'Checklist' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: '7 days' }).click();
    await page.waitForURL('**/security?days=7');
    await page.getByRole('link', { name: 'force-push-main' }).click();
    await page.waitForURL('**/events?type=security.risky_command');
  });

  it('teaches where nothing was found, and fits a phone', async () => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/security', { now: NOW, width: 360 });
    await page.getByText('Nothing was found in this period').waitFor();
    await page.getByText('No scans yet').waitFor();
    expect(await isTooWide(page)).toBe(false);
    await expectAccessible(page);
  });
});
