import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keepReport } from '../../../lib/actions/keep-report.ts';
import { namesIn } from '../../support/test-home.ts';
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

/** Replaces all of the page if a script runs in it. */
const HOSTILE = `<!doctype html><title>Report</title><style>h1 { color: rgb(1, 2, 3) }</style>
<h1>Week</h1><script>document.body.textContent = 'script ran'</script>
<img src="/api/now" onerror="document.body.textContent = 'script ran'">`;

describe.skipIf(!hasBrowser())('the page Reports', () => {
  const browser = sharedBrowser();
  const open = async (options = {}) => {
    const folder = preparedStore();
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/reports', { now: NOW, ...options });
    return { folder, dashboard, page };
  };

  it('teaches where none is kept, fits a phone, and writes one that can be opened', async () => {
    const { folder, page } = await open({ width: 360 });
    await page.getByText('No reports are kept yet').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Write report' }).click();
    await page.getByText(/^Wrote weekly-2026-11-22\.html: /).waitFor();
    await page.getByRole('link', { name: 'weekly', exact: true }).waitFor();
    expect(namesIn(folder.reports)).toContain('weekly-2026-11-22.html');
    expect(await isTooWide(page)).toBe(false);
    await expectAccessible(page);
    const opened = page.context().waitForEvent('page');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const report = await opened;
    await report.getByRole('heading', { name: 'Weekly report' }).waitFor();
    expect(await report.evaluate('window.origin')).toBe('null');
    expect(await report.evaluate('window.opener')).toBeNull();
  });

  it('downloads Markdown', async () => {
    const { folder, page } = await open();
    await page.getByRole('combobox', { name: 'Report' }).selectOption('cost');
    await page.getByText('The last 30 days').waitFor();
    await page.getByRole('combobox', { name: 'Form' }).selectOption('md');
    await page.getByRole('button', { name: 'Write report' }).click();
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download cost-2026-11-22.md' }).click();
    const download = await started;
    expect(download.suggestedFilename()).toBe('cost-2026-11-22.md');
    const kept = readFileSync(`${folder.reports}/cost-2026-11-22.md`, 'utf8');
    expect(readFileSync(await download.path(), 'utf8')).toBe(kept);
  });

  it('opens a report with its style, and runs no script that is in it', async () => {
    const { folder, dashboard, page } = await open();
    keepReport(folder, { name: 'weekly-2026-11-15.html', text: HOSTILE, sessions: [] });
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'weekly', exact: true }).click();
    const report = await opened;
    const heading = report.getByRole('heading', { name: 'Week' });
    await heading.waitFor();
    expect(await report.evaluate('getComputedStyle(document.querySelector("h1")).color')).toBe(
      'rgb(1, 2, 3)',
    );
    expect(await report.evaluate('document.body.children.length')).toBeGreaterThan(1);
    const back = await report.reload();
    expect([back?.status(), report.url().replace(/\?key=.*/, '')]).toEqual([
      200,
      `${dashboard.url}reports/weekly-2026-11-15.html`,
    ]);
  });
});
