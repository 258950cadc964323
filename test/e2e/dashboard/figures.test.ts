import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { USAGE } from '../../../lib/features/operation/table.ts';
import { applyWrites } from '../../../lib/store/sink.ts';
import { inStore, preparedStore, SESSION, START } from '../../unit/cli/prepared-store.ts';
import { STATES } from '../../sessions/states.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  cutTables,
  sharedBrowser,
  expectAccessible,
  hasBrowser,
  isTooWide,
  openPage,
  served,
} from './browser.ts';

const NOW = START + 300_000;

/** Text that would do harm as markup. */
const HOSTILE = '<img src=x onerror=alert(1)>\u202e';

/** A store with answers, agent runs and a failure. */
function storeWithAll() {
  const own = { session_id: SESSION, project: '/work/shop' };
  const call = { tool: 'Bash', target: 'npm run tset', outcome: 'failed', tool_use_id: 'toolu_9' };
  const folder = preparedStore([
    ['session.started', 0, own],
    ['task.failed', 1, { ...own, call: { ...call, error: 'npm error Missing script: "tset"' } }],
  ]);
  inStore(folder, (database) => {
    const answer = {
      request_id: 'r',
      at: START,
      claimed_since: 1,
      session_id: SESSION,
      agent_id: null,
    };
    for (const model of ['claude-opus-4-8', HOSTILE])
      applyWrites(database, [
        { into: USAGE, row: { ...answer, message_id: model, model, output: 1_000_000 } },
      ]);
    database
      .prepare(
        `INSERT INTO agent_runs (tool_use_id, session_id, agent_type, model, kind, at, outcome,
           tokens, duration_ms) VALUES ('t1', ?, ?, 'opus', 'search', ?, 'ok', 1000, 4000)`,
      )
      .run(SESSION, HOSTILE, START);
  });
  writeFileSync(folder.configFile, '{"budgets":["day=20:ask"]}');
  return folder;
}

describe.skipIf(!hasBrowser())('the pages of figures', () => {
  const browser = sharedBrowser();
  const open = async (path: string, folder = storeWithAll(), width = 1280) => {
    const environment = { WAYMARK_AUTOSTART: 'false' };
    const dashboard = await served(folder, { clock: () => NOW, environment });
    return await openPage(browser(), dashboard, path, { now: NOW, width });
  };

  it('shows what was spent, by project, model and session, with the month and the budget', async () => {
    const page = await open('/cost');
    await page.getByText('$25.00 of $20.00').waitFor();
    await page.getByRole('img', { name: /^Dollars per day/ }).waitFor();
    await page.getByRole('link', { name: 'shop' }).waitFor();
    await page.getByRole('button', { name: 'Model' }).click();
    await page.getByRole('cell', { name: 'claude-opus-4-8' }).waitFor();
    await page.getByRole('cell', { name: '<img src=x' }).waitFor();
    await page.getByRole('button', { name: 'Session' }).click();
    await page.waitForURL('**/cost?by=session');
    await page.getByRole('button', { name: '7 days' }).click();
    await page.waitForURL('**/cost?by=session&days=7');
    await expectAccessible(page);
    await page
      .getByRole('link', { name: /^Session aaaa1111/ })
      .first()
      .click();
    await page.waitForURL('**/sessions/aaaa1111-*');
  });

  it('shows how agents do, with text of others as text', async () => {
    const page = await open('/agents');
    await page.getByRole('cell', { name: '100 %', exact: true }).waitFor();
    await page.getByText('<img src=x').first().waitFor();
    await page.getByText('no advice yet').waitFor();
    await expectAccessible(page);
  });

  it('goes by keys from one choice to the next', async () => {
    const folder = preparedStore([]);
    await STATES['failures']?.(folder);
    const page = await open('/failures', folder);
    const chosen = (): Promise<string> => page.evaluate('document.activeElement.ariaLabel');
    await page.locator('[data-row]').nth(1).waitFor();
    await page.keyboard.press('j');
    const first = await chosen();
    await page.keyboard.press('j');
    expect(await chosen()).not.toBe(first);
    await page.keyboard.press('k');
    expect(await chosen()).toBe(first);
  });

  it('shows what is known to fail, changes what happens next time, and deletes it after a question', async () => {
    const page = await open('/failures');
    await page.getByText('npm run tset').first().waitFor();
    await expectAccessible(page);
    await page.getByLabel(/^Next time/).selectOption('mute');
    await page.getByText('Queued: no worker is running').waitFor();
    await page.getByRole('button', { name: /^Delete / }).click();
    await page.getByRole('dialog').getByText('no longer warned').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByRole('button', { name: /^Delete / }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).last().click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it.each([
    ['/cost', 'No answers in this period'],
    ['/agents', 'No agent has finished a task yet'],
    ['/failures', 'No known failures'],
  ])('teaches at %s what will be there', async (path, title) => {
    const page = await open(path, stateFolderAt(`${tempFolder()}/state`, {}, []), 360);
    await page.getByText(title).waitFor();
    await expectAccessible(page);
    expect(await isTooWide(page)).toBe(false);
  });

  it.each(['/cost', '/agents', '/failures'])('fits a phone at %s', async (path) => {
    const page = await open(path, storeWithAll(), 360);
    expect(await isTooWide(page)).toBe(false);
  });

  it.each(['/sessions', '/cost', '/agents', '/failures', '/dead-letters'])(
    'shows whole tables on a usual phone at %s',
    async (path) => {
      const folder = storeWithAll();
      await STATES['dead-entry']?.(folder);
      const page = await open(path, folder, 390);
      await page.getByRole('table').first().waitFor();
      expect(await cutTables(page)).toEqual([]);
    },
  );

  it('has the figures of a chart as a table, too', async () => {
    const page = await open('/cost');
    const chart = page.getByRole('figure').filter({ hasText: 'dollars per day' });
    await chart.getByText('Show as table').waitFor();
    expect(await chart.getByRole('table').count()).toBe(0);
    await chart.getByText('Show as table').press('Enter');
    await chart.getByRole('row', { name: '22 Nov $25.00' }).waitFor();
    expect(await chart.getByRole('columnheader').allTextContents()).toEqual([
      'Day',
      'dollars per day',
    ]);
    await expectAccessible(page);
  });

  it('names each figure by what it counts', async () => {
    const page = await open('/failures');
    const known = page.getByRole('term').filter({ hasText: 'Known failures' });
    await known.waitFor();
    expect(await known.locator('xpath=following-sibling::dd').first().textContent()).toBe('1');
  });

  it('puts events of a day on this day, in a zone behind UTC', async () => {
    const folder = preparedStore([
      [
        'security.risky_command',
        1,
        { session_id: SESSION, rule: 'r', severity: 'high', tool: 'Bash', message: 'm' },
      ],
    ]);
    const dashboard = await served(folder, { clock: () => NOW });
    const options = { now: NOW, timeZone: 'America/Los_Angeles' };
    const page = await openPage(browser(), dashboard, '/security', options);
    await page.getByText('Show as table').press('Enter');
    await page.getByRole('row', { name: '22 Nov 1 0' }).waitFor();
  });
});
