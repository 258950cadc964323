import { type Browser, chromium, type Page } from 'playwright-core';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { type RunningDashboard, serveDashboard } from '../../lib/dashboard/serve.ts';

/** Where Debian puts it. */
export const CHROMIUM = process.env['WAYMARK_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

export const TOKEN = 'k'.repeat(43);

/**
 * The popup of the address bar is a page with a process of its own that follows each navigation: a
 * third of the browser's CPU time. The flag replaces the one of Playwright, whose features follow.
 */
const FEATURES_OFF = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...['HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding'],
  ...['ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect', 'AimEnabled'],
  ...['OptimizationHints', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
].join();

/** A browser without a window. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--no-first-run', `--disable-features=${FEATURES_OFF}`],
      ...args,
    ],
  });
}

export interface ServeOptions {
  readonly clock?: () => number;
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A dashboard on a free port, or on `port`. Its bugs are thrown. */
export async function startDashboard(
  folder: StateFolder,
  { clock = Date.now, port = 0, environment = {} }: ServeOptions = {},
): Promise<RunningDashboard> {
  return await serveDashboard({
    ...{ folder, token: TOKEN, port, environment, clock },
    ...{ ownCommand: () => 'waymark', runnable: (text: string) => text },
    onBug: (error) => {
      throw error;
    },
  });
}

export interface TabOptions {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** What `Date.now()` says in the page. */
  readonly now?: number;
  /** The zone of the browser; left out: that of the machine. */
  readonly timeZone?: string;
}

/** A tab with a profile of its own, before it has opened anything. */
export async function newTab(
  browser: Browser,
  { scheme = 'light', width = 1280, height = 800, now, timeZone }: TabOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    ...{ colorScheme: scheme, viewport: { width, height }, reducedMotion: 'reduce' },
    ...(timeZone === undefined ? {} : { timezoneId: timeZone }),
  });
  const page = await context.newPage();
  if (now !== undefined) await page.clock.setFixedTime(now);
  return page;
}

/** Opens `path` with the token, and waits until its data is there. */
export async function visit(
  page: Page,
  { url }: Pick<RunningDashboard, 'url'>,
  path = '/',
): Promise<void> {
  const separator = path.includes('?') ? '&' : '?';
  await page.goto(`${url.slice(0, -1)}${path}${separator}token=${TOKEN}`);
  await page.locator('h1').first().waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}
