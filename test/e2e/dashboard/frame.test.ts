import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { inStore, preparedStore, SESSION, START } from '../../unit/cli/prepared-store.ts';
import {
  sharedBrowser,
  expectAccessible,
  hasBrowser,
  isTooWide,
  openPage,
  served,
} from './browser.ts';

const NOW = START + 300_000;

/** The address of another server of this machine, until the test ends. */
async function strangerAt(onCookie: (cookie: string) => void): Promise<string> {
  const stranger = createServer(({ headers }, response) => {
    onCookie(headers.cookie ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void stranger.close());
  const address = stranger.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

describe.skipIf(!hasBrowser())('the frame of the dashboard', () => {
  const browser = sharedBrowser();
  const open = async (path = '/', options = {}) => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    return {
      dashboard,
      page: await openPage(browser(), dashboard, path, { now: NOW, ...options }),
    };
  };

  it('has the token neither in the address nor where a script can read it', async () => {
    const { page } = await open('/sessions?tag=x');
    expect(new URL(page.url()).search).toBe('?tag=x');
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(new URL(page.url()).hash).toBe('');
  });

  it('works in another tab of the same browser, by an address without a token', async () => {
    const { page, dashboard } = await open();
    const other = await page.context().newPage();
    await other.goto(`${dashboard.url}sessions`);
    await other.locator('[data-row]').first().waitFor();
    await other.getByText('live', { exact: true }).waitFor();
  });

  it('gives a server on another port a cookie that opens nothing', async () => {
    const { page, dashboard } = await open();
    const seen: string[] = [];
    await page.goto(await strangerAt((cookie) => seen.push(cookie)));
    const cookie = seen[0] ?? '';
    expect(cookie).toContain(`waymark_${dashboard.port}=`);
    expect(await page.evaluate('localStorage.length')).toBe(0);
    for (const path of ['api/now', 'api/sessions', 'api/live', 'metrics', 'reports/x.html'])
      expect((await fetch(`${dashboard.url}${path}`, { headers: { cookie } })).status).toBe(401);
  });

  it('leaves a page that opens it without a hold on its window', async () => {
    const { page, dashboard } = await open();
    await page.goto(await strangerAt(() => undefined));
    const opened = page.waitForEvent('popup');
    await page.evaluate(`void (window.hold = window.open('${dashboard.url}sessions'))`);
    await (await opened).locator('[data-row]').first().waitFor();
    expect(await page.evaluate('window.hold.closed')).toBe(true);
  });

  it('leads between pages by clicks, by keys and by the back button', async () => {
    const { page } = await open();
    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    expect(await page.title()).toBe('Sessions · waymark');
    await page.goBack();
    await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN');
  });

  it('is used by keys alone: rows, search, help, and out again', async () => {
    const { page } = await open('/sessions');
    await page.locator('[data-row]').first().waitFor();
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('j');
    const first = await focused();
    await page.keyboard.press('j');
    expect(await focused()).not.toBe(first);
    await page.keyboard.press('k');
    expect(await focused()).toBe(first);
    await page.keyboard.press('/');
    await page.keyboard.type('jkg?');
    expect(await page.getByRole('searchbox').inputValue()).toBe('jkg?');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('opens a row with Enter', async () => {
    const { page } = await open('/sessions');
    await page.locator('[data-row]').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/sessions/${SESSION}`);
  });

  it('finds the search from every page', async () => {
    const { page } = await open();
    await page.keyboard.press('/');
    await page.getByRole('searchbox').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.type')).toBe('search');
  });

  it('says that there is no such page', async () => {
    const { page } = await open('/no/such/page');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await expectAccessible(page);
  });

  it('shows a change by itself', async () => {
    const { page, dashboard } = await open('/sessions');
    await page.getByText('2 sessions').waitFor();
    inStore(dashboard.folder, (database) =>
      database
        .prepare('INSERT INTO sessions (id, last_event_at, first_event_at) VALUES (?, ?, ?)')
        .run('bbbb', NOW, NOW),
    );
    await page.getByText('3 sessions').waitFor();
  });

  it('says that it is disconnected, and comes back by itself when the server does', async () => {
    const { page, dashboard } = await open('/sessions');
    await page.getByText('live', { exact: true }).waitFor();
    await dashboard.close();
    await page.getByText('Disconnected: this page').waitFor();
    await page.getByText('2 sessions').waitFor(); // what it had is still there
    await expectAccessible(page);
    inStore(dashboard.folder, (database) =>
      database
        .prepare('INSERT INTO sessions (id, last_event_at, first_event_at) VALUES (?, ?, ?)')
        .run('bbbb', NOW, NOW),
    );
    await served(dashboard.folder, { clock: () => NOW, port: dashboard.port });
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('3 sessions').waitFor();
    expect(await page.getByText('Disconnected: this page').count()).toBe(0);
  });

  it('teaches what to do where nothing is recorded', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const dashboard = await served(folder);
    for (const path of ['/', '/sessions']) {
      const page = await openPage(browser(), dashboard, path);
      await page.getByText('waymark install', { exact: true }).first().waitFor();
      await expectAccessible(page);
    }
  });

  it('lets nobody in without the token', async () => {
    const { dashboard } = await open();
    const context = await browser().newContext();
    const page = await context.newPage();
    await page.goto(`${dashboard.url}sessions`);
    await page.getByText('Not signed in').waitFor();
    await context.close();
  });

  it('works after a link on another site, which sends no cookie at first', async () => {
    const { page, dashboard } = await open();
    const other = await page.context().newPage();
    await other.goto('data:text/html,<a id="a">x</a>');
    await other.setContent(`<a href="${dashboard.url}sessions">x</a>`);
    await other.getByRole('link').click();
    await other.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  });

  it.each(['/', '/sessions', `/sessions/${SESSION}`])('fits on a phone: %s', async (path) => {
    const { page } = await open(path, { width: 360, height: 640 });
    expect(await isTooWide(page)).toBe(false);
    await expectAccessible(page);
  });
});
