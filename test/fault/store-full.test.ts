import { describe, expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../lib/store/driver.ts';
import type { OpenDatabase } from '../../lib/store/database.ts';
import { assemble } from '../../lib/worker/assemble.ts';
import { takeLead } from '../../lib/store/leader-lock.ts';
import { LiveConfig } from '../../lib/worker/live-config.ts';
import { makePrivateFolder } from '../../lib/core/state-folder.ts';
import { fileLog } from '../../lib/core/log.ts';
import { eventually } from '../support/eventually.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';
import { testStore } from '../support/test-store.ts';

/** A driver whose databases never grow past `pages()`, as on a full disk. */
function limited(pages: () => number): OpenDatabase {
  const open = sqliteDriver();
  return (path, options) => {
    const database = open(path, options);
    if (path.endsWith('.db')) database.exec(`PRAGMA max_page_count = ${pages()}`);
    return database;
  };
}

function startWorker(home: TestHome, open: OpenDatabase): void {
  const { folder } = home;
  for (const path of [folder.wake, folder.heartbeat, folder.log, folder.throttle, folder.views])
    makePrivateFolder(path);
  const log = fileLog(`${folder.log}/worker.log`, 'info', Date.now);
  const config = new LiveConfig({
    file: folder.configFile,
    environment: {},
    flags: { readTimeout: 0.2, readTimeoutMax: 0.2 },
    log,
  });
  const lead = takeLead(folder.leaderLock, open);
  const { worker, storeConnection } = assemble({
    folder,
    config,
    clock: Date.now,
    log,
    open,
    version: '0.0.0',
    once: false,
    ...(lead === undefined ? {} : { lead }),
  });
  const ended = worker.run();
  onTestFinished(async () => {
    worker.stop('the test ends');
    await ended;
    storeConnection.close();
  });
}

function pagesOfNewStore(): number {
  return Number(testStore().prepare('PRAGMA page_count').get()?.['page_count']);
}

describe('a store that is full', () => {
  it('blames no entry, and takes everything when there is space again', async () => {
    const home = testHome();
    // room for one event and what follows from it, not for two hundred
    let pages = pagesOfNewStore() + 25;
    startWorker(
      home,
      limited(() => pages),
    );
    const first = home.enqueue();
    await eventually('it serves', () => home.isStored(first) && home.isQuiet());
    const ids = Array.from({ length: 200 }, () =>
      home.enqueue({ payload: { session_id: 's1', prompt: 'x'.repeat(2_000) } }),
    );
    await eventually('the worker notices', () => home.logCodes().includes('STORE_DOWN'));
    await eventually(
      'what was claimed is given back',
      () => namesIn(`${home.queue.pending}/5`).length === ids.length,
    );
    expect(namesIn(`${home.queue.pending}/5`).every((name) => name.endsWith('.a0.json'))).toBe(
      true,
    );
    expect([...namesIn(home.queue.dead), ...namesIn(home.queue.delayed)]).toEqual([]);
    const downs = home.logCodes().filter((code) => code === 'STORE_DOWN').length;
    expect(downs, 'one outage, one line').toBe(1);
    pages = 1_000_000;
    await eventually('everything arrives', () => home.isQuiet() && home.isStored(ids.at(-1) ?? ''));
    expect(home.count("events WHERE type = 'session.prompt_submitted'")).toBe(ids.length + 1);
    expect(home.count("events WHERE type = 'system.health_alert'")).toBe(1);
    expect(home.logCodes()).toContain('STORE_BACK');
    expect(namesIn(home.queue.dead)).toEqual([]);
  });
});
