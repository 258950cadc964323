import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
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

/** One browser for the tests of a file. */
export function browserOfFile(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
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

/** A tab of its own that is signed in, at `path`. What breaks in it fails the test. */
export async function openPage(
  browser: Browser,
  dashboard: Pick<RunningDashboard, 'url'>,
  path = '/',
  options: TabOptions = {},
): Promise<Page> {
  const page = await newTab(browser, options);
  onTestFinished(() => page.context().close());
  failOnErrors(page);
  await visit(page, dashboard, path);
  return page;
}

/** Errors of scripts, and what the security policy refuses. */
function failOnErrors(page: Page): void {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted ?Type/i.test(message.text())) faults.push(message.text());
  });
  onTestFinished(() => expect(faults).toEqual([]));
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
