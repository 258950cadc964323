import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rebuildSearch } from '../../../lib/actions/rebuild-search.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { codeScene, SESSION as CODE_SESSION } from '../../support/code-scene.ts';
import {
  conversationEvents,
  TOLD_SESSION,
  writeConversation,
} from '../../support/demo-conversation.ts';
import { HOSTILE } from '../../support/hostile-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  inStore,
  preparedStore,
  prepareStore,
  SESSION,
  START,
} from '../../unit/cli/prepared-store.ts';
import {
  expectAccessible,
  hasBrowser,
  isTooWide,
  openPage,
  served,
  sharedBrowser,
} from './browser.ts';

const NOW = START + 300_000;

describe.skipIf(!hasBrowser())('the pages of sessions', () => {
  const browser = sharedBrowser();

  async function conversation(path: string) {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    prepareStore(folder, conversationEvents(writeConversation(folder)), 500);
    const dashboard = await served(folder, { clock: () => NOW });
    return { folder, page: await openPage(browser(), dashboard, path, { now: NOW }) };
  }

  it('filter by project and tag, and show all again', async () => {
    const dashboard = await served(preparedStore(), { clock: () => NOW });
    const page = await openPage(browser(), dashboard, '/sessions', { now: NOW });
    await page.getByRole('link', { name: 'sub', exact: true }).click();
    await page.getByText('project: /work/shop/sub').waitFor();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(2);
    await expectAccessible(page);
  });

  it('find words, and keep them in the address', async () => {
    const { page, folder } = await conversation('/sessions');
    await page.getByRole('searchbox').fill('cent');
    await page.getByText('No search index yet').waitFor();
    await expectAccessible(page);
    const acting = { folder, environment: {}, clock: () => NOW };
    await rebuildSearch(
      acting,
      async () => true,
      () => undefined,
    );
    await page.reload();
    await page.locator('mark').first().waitFor();
    expect(new URL(page.url()).search).toBe('?q=cent');
    await expectAccessible(page);
    await page.getByRole('searchbox').fill('zzzzzz');
    await page.getByText('Nothing found').waitFor();
  });

  it('tell a conversation with its calls, which open', async () => {
    const { page } = await conversation(`/sessions/${TOLD_SESSION}`);
    await page.locator('.entry').first().waitFor();
    const call = page.locator('details:not([open]) summary').first();
    await call.click();
    await expectAccessible(page);
    for (const tab of ['Checkpoints', 'Agents', 'Failures', 'Messages to Claude']) {
      await page
        .getByRole('navigation', { name: 'Parts' })
        .getByRole('link', { name: tab })
        .click();
      await page.locator('.loading').waitFor({ state: 'detached' });
      await expectAccessible(page);
    }
    expect(new URL(page.url()).search).toBe('?tab=told');
  });

  it('copy the command that goes on with a session', async () => {
    const { page } = await conversation(`/sessions/${TOLD_SESSION}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the command' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `claude --resume ${TOLD_SESSION}`,
    );
  });

  it('put tags on a session and take them off', async () => {
    const { page } = await conversation(`/sessions/${TOLD_SESSION}`);
    await page.getByRole('textbox', { name: 'New tag' }).fill('review');
    await page.keyboard.press('Enter');
    await page.getByText('#review').waitFor();
    await page.getByRole('textbox', { name: 'New tag' }).fill('two words');
    await page.keyboard.press('Enter');
    await page.getByText('Cannot use the tag two words').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Remove the tag review' }).click();
    await page.getByText('#review').waitFor({ state: 'detached' });
  });

  it('show what changed since a checkpoint, restore it, and take that back', async () => {
    const code = codeScene();
    code.git('init', '-q', '--template=');
    code.write('a.txt', 'one\n');
    const kept = await code.shoot();
    code.write('a.txt', 'two\n');
    const { folder, environment } = code.actionContext;
    prepareStore(folder);
    const dashboard = await served(folder, { environment });
    const page = await openPage(browser(), dashboard, `/sessions/${CODE_SESSION}?tab=checkpoints`);
    await page.getByRole('button', { name: kept.id }).click();
    await page.locator('.diff .added', { hasText: '+two' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Restore…' }).click();
    await page.getByText('overwrite').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(readFileSync(`${code.root}/a.txt`, 'utf8')).toBe('two\n');
    // looking kept the files of now, as a checkpoint of its own
    const card = page.getByRole('listitem').filter({ hasText: kept.id });
    await card.getByRole('button', { name: 'Restore…' }).click();
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Change 1 file' }).click();
    await page.getByText('Wrote 1 file').waitFor();
    expect(readFileSync(`${code.root}/a.txt`, 'utf8')).toBe('one\n');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'Undo the last restore' }).click();
    await page.getByRole('button', { name: 'Change 1 file' }).click();
    await page.getByText('Wrote 1 file').waitFor();
    expect(readFileSync(`${code.root}/a.txt`, 'utf8')).toBe('two\n');
  });

  it('cut long names in lists, and break them elsewhere', async () => {
    const long = 'without-any-space'.repeat(20);
    const folder = preparedStore([
      ['session.started', 0, { session_id: SESSION, project: `/work/${long}`, reason: 'startup' }],
    ]);
    inStore(folder, (database) => {
      database.prepare('UPDATE sessions SET custom_title_at = 1, custom_title = ?').run(long);
      database
        .prepare('INSERT INTO agents (session_id, agent_id, type, started_at) VALUES (?, ?, ?, ?)')
        .run(SESSION, 'a1', `${long}${long}`, START);
    });
    const dashboard = await served(folder, { clock: () => NOW });
    const tabs = ['/', '/sessions', `/sessions/${SESSION}`, `/sessions/${SESSION}?tab=agents`];
    for (const path of tabs)
      for (const width of [360, 1280]) {
        const page = await openPage(browser(), dashboard, path, { now: NOW, width });
        expect(await isTooWide(page), `${path} ${width}`).toBe(false);
        for (const name of await page.locator('h1 .long, td .long, .card .long').all())
          expect((await name.boundingBox())?.height ?? 0, path).toBeLessThan(120);
      }
  });

  it('show hostile text as letters, wherever it stands', async () => {
    const hostile = `<img src=x onerror="document.title='owned'"><script>alert(1)</script>${HOSTILE}`;
    const folder = preparedStore([
      [
        'session.started',
        0,
        { session_id: SESSION, project: `/work/${hostile}`, reason: 'startup' },
      ],
      ['session.prompt_submitted', 1, { session_id: SESSION, prompt: hostile }],
      [
        'task.failed',
        2,
        {
          session_id: SESSION,
          call: {
            ...{ tool: hostile, target: hostile, outcome: 'failed', tool_use_id: 't1' },
            error: `${hostile}\n`.repeat(2_000),
          },
        },
      ],
    ]);
    inStore(folder, (database) =>
      database
        .prepare('UPDATE sessions SET custom_title_at = 1, custom_title = ?')
        .run(hostile.repeat(5_000)),
    );
    const dashboard = await served(folder, { clock: () => NOW });
    for (const path of [
      '/',
      '/sessions',
      `/sessions/${SESSION}`,
      `/sessions/${SESSION}?tab=failures`,
    ]) {
      const page = await openPage(browser(), dashboard, path, { now: NOW });
      await page.getByText('<img src=x').first().waitFor();
      await page.getByText('␛').first().waitFor();
      expect(await page.locator('main img, main script').count(), path).toBe(0);
      expect(await page.title()).not.toBe('owned');
    }
  });
});
