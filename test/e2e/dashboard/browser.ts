import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished } from 'vitest';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import type { RunningDashboard } from '../../../lib/dashboard/serve.ts';
import {
  CHROMIUM,
  launchChromium,
  newTab,
  type ServeOptions,
  startDashboard,
  type TabOptions,
  visit,
} from '../../support/dashboard-tab.ts';

/** Whether there is a browser; says so where there is none. */
export function hasBrowser(): boolean {
  const isThere = existsSync(CHROMIUM);
  if (!isThere) console.warn(`Skipped: there is no browser at ${CHROMIUM}`);
  return isThere;
}

/** One browser for all files of this process. It ends with the process, whose pipe it reads. */
let browserOfProcess: Promise<Browser> | undefined;

export function sharedBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browserOfProcess ??= launchChromium();
    browser = await browserOfProcess;
  });
  return () => {
    if (browser === undefined) throw new Error('The browser has not started');
    return browser;
  };
}

export interface Served extends RunningDashboard {
  readonly folder: StateFolder;
}

/** A dashboard on a free port, until the test ends. */
export async function served(folder: StateFolder, options: ServeOptions = {}): Promise<Served> {
  const running = await startDashboard(folder, options);
  onTestFinished(() => running.close());
  return { ...running, folder };
}

/**
 * A tab that is signed in, at `path`. No other test has it at the same time. What breaks in it
 * fails the test.
 */
export async function openPage(
  browser: Browser,
  dashboard: Pick<RunningDashboard, 'url'>,
  path = '/',
  options: TabOptions = {},
): Promise<Page> {
  const key = JSON.stringify(options);
  const page = FREE_TABS.get(key)?.pop() ?? (await newTab(browser, options));
  onTestFinished(async () => {
    await cleanTab(page, options);
    FREE_TABS.set(key, [...(FREE_TABS.get(key) ?? []), page]);
  });
  // the test before may have moved its clock
  if (options.now !== undefined) await page.clock.setFixedTime(options.now);
  failOnErrors(page);
  await visit(page, dashboard, path);
  return page;
}

/** Clean tabs by their options. A new one costs a process and a second of CPU time. */
const FREE_TABS = new Map<string, Page[]>();

/** Leaves nothing in a tab of what a test did in it. */
async function cleanTab(page: Page, { scheme = 'light' }: TabOptions): Promise<void> {
  const context = page.context();
  for (const other of context.pages()) if (other !== page) await other.close();
  const protocol = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  if (origin !== 'null')
    await protocol.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await protocol.detach();
  await context.clearCookies();
  await context.clearPermissions();
  await page.goto('about:blank');
  await page.emulateMedia({ colorScheme: scheme });
}

/** Errors of scripts, and what the security policy refuses. */
function failOnErrors(page: Page): void {
  const faults: string[] = [];
  const onError = (error: Error): void => void faults.push(String(error));
  const onMessage = (message: ConsoleMessage): void => {
    if (/Content Security Policy|Trusted ?Type/i.test(message.text())) faults.push(message.text());
  };
  page.on('pageerror', onError);
  page.on('console', onMessage);
  onTestFinished(() => {
    page.off('pageerror', onError);
    page.off('console', onMessage);
    expect(faults).toEqual([]);
  });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What looks at colours: all that can differ between the schemes. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** Fails for every fault that axe finds, in the light and in the dark scheme. */
export async function expectAccessible(page: Page): Promise<void> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await faultsOf(page, {}), 'light').toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  const colours = { runOnly: { type: 'rule', values: COLOUR_RULES } };
  expect(await faultsOf(page, colours), 'dark').toEqual([]);
}

async function faultsOf(page: Page, options: object): Promise<unknown> {
  const asked = JSON.stringify({ ...options, resultTypes: ['violations'] });
  return await page.evaluate(`axe.run(document, ${asked}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
}

/** Whether the page can be scrolled sideways, which nobody wants on a phone. */
export async function isTooWide(page: Page): Promise<boolean> {
  const { scrollWidth, clientWidth } = await page.evaluate<Record<string, number>>(
    '(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)',
  );
  return (scrollWidth ?? 0) > (clientWidth ?? 0);
}

/** Names of the tables that are wider than their place: their last columns are cut off. */
export async function cutTables(page: Page): Promise<readonly string[]> {
  return await page.evaluate<string[]>(
    `[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth)
       .map((one) => one.ariaLabel)`,
  );
}
