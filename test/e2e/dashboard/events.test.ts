import { describe, expect, it } from 'vitest';
import { inStore, OTHER, preparedStore, START } from '../../unit/cli/prepared-store.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  sharedBrowser,
  expectAccessible,
  hasBrowser,
  isTooWide,
  openPage,
  served,
} from './browser.ts';

const NOW = START + 300_000;

/** A busy machine takes its time. */
const PATIENT = { timeout: 30_000 };

function store(folder: ReturnType<typeof preparedStore>, id: string, type: string): void {
  inStore(folder, (database) =>
    database
      .prepare(
        "INSERT INTO events (id, type, at, source, session_id, envelope, stored_at) VALUES (?, ?, ?, 'emit', ?, ?, ?)",
      )
      .run(id, type, NOW, OTHER, envelopeOf(id, type), NOW),
  );
}

function envelopeOf(id: string, type: string): string {
  const timestamp = new Date(NOW).toISOString();
  const payload = { session_id: OTHER, message: '<img src=x onerror=alert(1)> \u202e evil' };
  return JSON.stringify({ event_id: id, event_type: type, timestamp, source: 'emit', payload });
}

describe.skipIf(!hasBrowser())('the page Events', () => {
  const browser = sharedBrowser();

  it('shows events as they come, and stops while it is paused', async () => {
    const folder = preparedStore();
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/events', { now: NOW });
    const rows = page.locator('[data-row]');
    await expect.poll(() => rows.count(), PATIENT).toBe(7);
    store(folder, 'evt_a', 'my.first');
    await page.getByRole('button', { name: 'my.first' }).waitFor();
    expect(await rows.first().textContent()).toBe('my.first');
    await page.getByRole('button', { name: 'Pause' }).click();
    store(folder, 'evt_b', 'my.second');
    await page.getByText('Paused; 1 new event').waitFor();
    expect(await rows.count()).toBe(8);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'my.second' }).waitFor();
    await expectAccessible(page);
  });

  it('filters what is there and what comes, by an address that can be shared', async () => {
    const folder = preparedStore();
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/events', { now: NOW });
    await page.keyboard.press('/');
    await page.keyboard.type('task.*');
    await page.waitForURL('**/events?type=task.*');
    const rows = page.locator('[data-row]');
    await expect.poll(() => rows.allTextContents(), PATIENT).toEqual(['task.failed']);
    store(folder, 'evt_a', 'my.other');
    store(folder, 'evt_b', 'task.created');
    await page.getByRole('button', { name: 'task.created' }).waitFor();
    expect(await rows.allTextContents()).toEqual(['task.created', 'task.failed']);
    const shared = await openPage(browser(), dashboard, '/events?source=emit', { now: NOW });
    await expect.poll(() => shared.locator('[data-row]').count(), PATIENT).toBe(2);
    await shared.getByLabel('Filter by source').fill('nobody');
    await shared.getByText('No events match').waitFor();
  });

  it('opens one event whole, with foreign text as text alone', async () => {
    const folder = preparedStore();
    store(folder, 'evt_a', 'my.first');
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/events', { now: NOW });
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Event' });
    await dialog.getByText('<img src=x onerror=alert(1)> ⟨202E⟩ evil').waitFor();
    expect(new URL(page.url()).searchParams.get('event')).toBe('evt_a');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('');
  });

  it('tells how events come where there are none, and fits a phone', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const dashboard = await served(folder, { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/events', { now: NOW, width: 360 });
    await page.getByText('No events yet').waitFor();
    expect(await isTooWide(page)).toBe(false);
    await expectAccessible(page);
  });
});
