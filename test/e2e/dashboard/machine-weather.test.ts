import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../lib/core/clock.ts';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { newTab, visit } from '../../support/dashboard-tab.ts';
import { hostileHomes } from '../../support/hostile-home.ts';
import { writeTestHeartbeat } from '../../support/metrics-place.ts';
import {
  inStore,
  preparedStore,
  prepareStore,
  SESSION,
  START,
} from '../../unit/cli/prepared-store.ts';
import { hasBrowser, isTooWide, openPage, served, sharedBrowser } from './browser.ts';

const NOW = START + 300_000;

const PAGES = [
  ...['/', '/sessions', `/sessions/${SESSION}`, `/sessions/${SESSION}?tab=failures`, '/failures'],
  ...['/agents', '/cost', '/events', '/dead-letters', '/security', '/reports', '/system'],
];

/** A session that did something at `at`, so that a page has something new to show. */
function addSession(folder: StateFolder, id: string, at: number): void {
  inStore(folder, (database) =>
    database
      .prepare('INSERT INTO sessions (id, last_event_at, first_event_at) VALUES (?, ?, ?)')
      .run(id, at, at),
  );
}

describe.skipIf(!hasBrowser())('a page that is open', () => {
  const browser = sharedBrowser();
  const hostileHome = hostileHomes();
  const open = async (path: string, options = {}) => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    const page = await openPage(browser(), dashboard, path, { now: NOW, ...options });
    await page.getByText('live', { exact: true }).waitFor();
    return { page, folder: dashboard.folder };
  };

  it('says that no worker is left when it is killed, which changes no file', async () => {
    const folder = preparedStore();
    writeTestHeartbeat(folder, NOW, {
      ...{ mode: 'event-loop', lastEventAt: new Date(START).toISOString() },
    });
    mkdirSync(folder.wake, { recursive: true });
    const pipe = `${folder.wake}/w1`;
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const worker = spawn('sh', ['-c', `exec 3<>'${pipe}'; echo up; exec sleep 600`]);
    onTestFinished(() => void worker.kill('SIGKILL'));
    await once(worker.stdout, 'data');
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/', { now: NOW });
    const figure = page.locator('.stat', { hasText: 'Worker' }).first();
    await figure.getByText('idle').waitFor();
    worker.kill('SIGKILL');
    await figure.getByText('none').waitFor();
  });

  it('says that the store is locked, and is right again when it is free', async () => {
    const prepared = preparedStore();
    // a copy without a write-ahead log, which lets readers in whatever a writer does
    const folder = { ...prepared, store: `${prepared.root}/held.db` };
    inStore(prepared, (database) => database.exec(`VACUUM INTO '${folder.store}'`));
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/sessions', { now: NOW });
    await page.getByText('2 sessions').waitFor();
    const holder = sqliteDriver()(folder.store);
    onTestFinished(() => holder.close());
    holder.exec('BEGIN EXCLUSIVE');
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.getByRole('alert').getByText('locked').waitFor();
    holder.exec("INSERT INTO sessions (id, last_event_at) VALUES ('held', 1)");
    holder.exec('COMMIT');
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByText('npm test').first().waitFor();
  });

  it('shows a store that was made anew after it was deleted', async () => {
    const { page, folder } = await open('/sessions');
    await page.getByText('2 sessions').waitFor();
    for (const end of ['', '-wal', '-shm']) rmSync(`${folder.store}${end}`, { force: true });
    await page.getByText('No sessions yet').waitFor();
    expect(existsSync(folder.store)).toBe(false);
    const own = { session_id: 'new', project: '/work/new', reason: 'startup' };
    prepareStore(folder, [['session.started', 0, own]]);
    await page.getByText('1 session', { exact: false }).first().waitFor();
    await page.getByRole('link', { name: 'new', exact: true }).first().waitFor();
  });

  it.each([
    ['back by two hours', -2 * HOUR_MS],
    ['forward by three days', 3 * DAY_MS],
  ])('shows what is new after the clock was set %s', async (_title, step) => {
    const { page, folder } = await open('/sessions');
    await page.getByText('2 sessions').waitFor();
    await page.clock.setFixedTime(NOW + step);
    addSession(folder, 'bbbb', NOW + step);
    await page.getByText('3 sessions').waitFor();
    await page
      .getByText(step < 0 ? 'in 1h' : '3d ago')
      .first()
      .waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor();
  });

  it.each(PAGES)('shows hostile text of a megabyte as letters: %s', async (path) => {
    const { folder } = hostileHome(true);
    const long = `<img src=x onerror="document.title='owned'">\u202e\u001b[2J`.repeat(20_000);
    inStore(folder, (database) => {
      database.prepare('UPDATE sessions SET custom_title_at = 1, custom_title = ?').run(long);
      database.prepare('UPDATE failures SET error = ?').run(long);
      database
        .prepare("UPDATE session_log SET detail = ? WHERE kind = 'prompt_submitted'")
        .run(long);
    });
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, path, { now: NOW, width: 360 });
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    expect(await isTooWide(page)).toBe(false);
    const shown: number = await page.evaluate('document.body.innerText.length');
    expect(shown).toBeLessThan(200_000);
    expect(await page.evaluate('document.body.innerText')).not.toMatch(/[\u202e\u001b]/);
  });

  it('lists ten thousand sessions by pages, and finds one of them', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const add = database.prepare(
        `INSERT INTO sessions (id, project, custom_title_at, custom_title, first_event_at,
           last_event_at) VALUES (?, '/work/many', 1, ?, ?, ?)`,
      );
      database.exec('BEGIN');
      for (let index = 0; index < 9_998; index += 1)
        add.run(`many-${index}`, `Task ${index}`, NOW - index * 1_000, NOW - index * 1_000);
      database.exec('COMMIT');
    });
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/sessions', { now: NOW });
    await page.getByText('of 10,000 sessions').waitFor();
    expect(await page.locator('[data-row]').count()).toBeLessThanOrEqual(50);
    await page.getByRole('button', { name: /Older|Next|Earlier/ }).click();
    await page.getByText('51 to 100 of 10,000 sessions').waitFor();
    await page.getByText('Task 60', { exact: true }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByText('All sessions').waitFor();
    expect(await page.locator('[data-row]').count()).toBeLessThanOrEqual(60);
  });

  it('has the times of a zone that is off by half an hour', async () => {
    const { page } = await open(`/sessions/${SESSION}?tab=failures`, { timeZone: 'Asia/Kolkata' });
    const time = page.locator(`time[datetime="${new Date(START + 20_000).toISOString()}"]`).first();
    expect(await time.getAttribute('title')).toContain('3:30:20 PM GMT+5:30');
  });
});

describe.skipIf(!hasBrowser())('a tab that is left open for a week', () => {
  const browser = sharedBrowser();

  it('neither grows nor lies', async () => {
    let now = NOW;
    const dashboard = await served(preparedStore(), { clock: () => now });
    // the list of sessions is full from the beginning
    for (let index = 0; index < 60; index += 1)
      addSession(dashboard.folder, `before-${index}`, NOW);
    const page = await newTab(browser());
    await page.clock.install({ time: NOW });
    await visit(page, dashboard, '/sessions');
    const protocol = await page.context().newCDPSession(page);
    await protocol.send('Performance.enable');
    const held = async () => {
      await protocol.send('HeapProfiler.collectGarbage');
      const { metrics } = await protocol.send('Performance.getMetrics');
      const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0;
      return { bytes: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
    };
    const passDays = async (days: number): Promise<void> => {
      for (let step = 0; step < days * 6; step += 1) {
        now += 4 * HOUR_MS;
        await page.clock.fastForward(4 * HOUR_MS);
        addSession(dashboard.folder, `at-${now}`, now);
      }
      await page.clock.runFor(15_000);
    };
    await passDays(1);
    await page.getByText('of 68 sessions').waitFor();
    const before = await held();
    await passDays(6);
    await page.getByText('of 104 sessions').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('4d ago').first().waitFor();
    const after = await held();
    expect(after.bytes - before.bytes).toBeLessThan(1_000_000);
    expect(after.nodes - before.nodes).toBeLessThan(500);
    expect(after.listeners - before.listeners).toBeLessThan(20);
    await page.context().close();
  }, 120_000);
});

describe.skipIf(!hasBrowser())('a page on paper', () => {
  const browser = sharedBrowser();

  it('is light, without what only a screen can do, and with all columns', async () => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    const options = { now: NOW, scheme: 'dark', width: 700 } as const;
    const page = await openPage(browser(), dashboard, '/events', options);
    await page.getByText('session.ended').first().waitFor();
    const about = page.getByRole('columnheader', { name: 'About' });
    expect(await about.isVisible()).toBe(false); // as on a phone
    await page.emulateMedia({ media: 'print' });
    expect(await about.isVisible()).toBe(true);
    for (const hidden of ['nav', '.filters', '.live'])
      expect(await page.locator(hidden).first().isVisible(), hidden).toBe(false);
    const background = 'getComputedStyle(document.documentElement).backgroundColor';
    expect(await page.evaluate(background)).toBe('rgb(251, 251, 250)');
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(5_000);
    await page.emulateMedia({ media: 'screen' });
  });
});
