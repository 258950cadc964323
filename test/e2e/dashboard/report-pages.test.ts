import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { readReport } from '../../../lib/query/reports/read-report.ts';
import { REPORT_NAMES } from '../../../lib/query/reports/report-names.ts';
import { lastDays } from '../../../lib/query/reports/report-span.ts';
import { renderReport } from '../../../lib/report/render-report.ts';
import { newTab } from '../../support/dashboard-tab.ts';
import { fillWeek, NOW } from '../../support/report-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';
import { expectAccessible, hasBrowser, isTooWide, sharedBrowser } from './browser.ts';

describe.skipIf(!hasBrowser())('the page of a report', () => {
  const browser = sharedBrowser();

  it.each(REPORT_NAMES)('is accessible with all figures shown, on a phone: %s', async (name) => {
    const database = testStore();
    fillWeek(database);
    const root = tempFolder();
    const folder = stateFolderAt(root, {}, [root]);
    const span = lastDays(7, NOW);
    const asked = { database, folder, span, prices: [], diskBudget: null };
    const page = await newTab(browser(), { width: 390 });
    onTestFinished(() => page.context().close());
    await page.setContent(renderReport(await readReport(name, asked), 'html'));
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    await expectAccessible(page);
    expect(await isTooWide(page)).toBe(false);
  });
});
