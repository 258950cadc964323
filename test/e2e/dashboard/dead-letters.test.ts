import { describe, expect, it } from 'vitest';
import { namesIn } from '../../support/test-home.ts';
import { STATES } from '../../sessions/states.ts';
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

describe.skipIf(!hasBrowser())('the page Dead letters', () => {
  const browser = sharedBrowser();
  const open = async (path = '/dead-letters', options = {}) => {
    const folder = preparedStore();
    await STATES['dead-entry']?.(folder);
    await STATES['dead-deliveries']?.(folder);
    const environment = { WAYMARK_AUTOSTART: 'false' };
    const dashboard = await served(folder, { clock: () => NOW, environment });
    const page = await openPage(browser(), dashboard, path, { now: NOW, ...options });
    return { folder, page };
  };

  it('shows why each was given up, and what it holds', async () => {
    const { page } = await open();
    await page.getByText('3 dead letters').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Dead letter' });
    await dialog.getByText('Content').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('retries one after a question, and says what became of it', async () => {
    const { folder, page } = await open();
    await page
      .getByRole('button', { name: /^Retry / })
      .last()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Retry 1 dead letter?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(namesIn(`${folder.queue}/dead`)).toHaveLength(2);
    await page
      .getByRole('button', { name: /^Retry / })
      .last()
      .click();
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await page.getByText(/^1 dead letter (?:will be )?retried/).waitFor();
    await page.getByText('2 dead letters').waitFor();
    expect(namesIn(`${folder.queue}/dead`)).toEqual([]);
  });

  it('discards all, and then tells what comes here', async () => {
    const { folder, page } = await open();
    await page.getByRole('button', { name: 'Discard all' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard 3 dead letters?' });
    await dialog.getByText('This cannot be undone.').waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByText(/^3 dead letters (?:will be )?discarded/).waitFor();
    expect(namesIn(`${folder.queue}/dead`)).toEqual([]);
  });

  it('shows those of one handler, and fits a phone', async () => {
    const { page } = await open('/dead-letters?handler=nobody', { width: 360 });
    await page.getByText('This handler has no dead letters').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('3 dead letters').waitFor();
    expect(await isTooWide(page)).toBe(false);
    await expectAccessible(page);
  });

  it('teaches where there are none', async () => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/dead-letters', { now: NOW });
    await page.getByText('No dead letters', { exact: true }).waitFor();
    await expectAccessible(page);
  });
});
