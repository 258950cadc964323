// Draws the pages of the dashboard: `npm run docs:dashboard`, or with the names of some of them and
// `--to FOLDER`. `--all` draws every page, also for a phone; `--whole` draws down to the end of the
// page, as PNG; `--home empty` or `full` draws nothing recorded, or more than fits.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { RunningDashboard } from '../../lib/dashboard/serve.ts';
import { launchChromium, newTab, startDashboard, visit } from '../support/dashboard-tab.ts';
import { HOMES, makePictureHome } from './picture-homes.ts';
import { NOW, stillSetting } from './still-home.ts';

/** Pages that docs/dashboard.md shows, and with `--all` the others. */
const SHOWN: Readonly<Record<string, string>> = {
  now: '/',
  session: '/sessions/d562d47b-8f21-4e0a-b6c3-90aa41e7f702',
  failures: '/failures',
  cost: '/cost',
  system: '/system',
};

const OTHERS: Readonly<Record<string, string>> = {
  sessions: '/sessions',
  checkpoints: '/sessions/d562d47b-8f21-4e0a-b6c3-90aa41e7f702?tab=checkpoints',
  agents: '/agents',
  events: '/events',
  'dead-letters': '/dead-letters',
  security: '/security',
  reports: '/reports',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string', default: 'docs/pictures/dashboard' },
    all: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    home: { type: 'string', default: 'typical' },
  },
});

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 720 };

/** WebP: a third of a PNG, and every browser shows it. */
async function draw(page: Page, name: string): Promise<void> {
  if (values.whole) {
    await page.screenshot({ path: `${values.to}/${name}.png`, fullPage: true });
    return;
  }
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  writeFileSync(`${values.to}/${name}.webp`, Buffer.from(data, 'base64'));
}

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly scheme: 'light' | 'dark';
  readonly isPhone?: boolean;
}

async function drawPage(
  { name, path, scheme, isPhone = false }: Picture,
  browser: Browser,
  dashboard: RunningDashboard,
  home: string,
): Promise<void> {
  const page = await newTab(browser, { scheme, now: NOW, ...(isPhone ? PHONE : WIDE) });
  try {
    await visit(page, dashboard, path);
    await page.locator('.loading').waitFor({ state: 'detached' });
    await page.evaluate('document.fonts.ready');
    if (((await page.locator('body').textContent()) ?? '').includes(home))
      throw new Error(`Cannot draw ${path}: it has a path of this machine`);
    await draw(page, `${name}-${isPhone ? 'phone-' : ''}${scheme}`);
  } finally {
    await page.context().close();
  }
}

function pictures(): readonly Picture[] {
  const isWanted = (name: string) => positionals.length === 0 || positionals.includes(name);
  return Object.entries(values.all ? { ...SHOWN, ...OTHERS } : SHOWN)
    .filter(([name]) => isWanted(name))
    .flatMap(([name, path]): Picture[] => [
      { name, path, scheme: 'light' },
      { name, path, scheme: 'dark' },
      ...(name === 'now' || values.all
        ? [{ name, path, scheme: 'light' as const, isPhone: true }]
        : []),
    ]);
}

function homeName() {
  const name = HOMES.find((one) => one === values.home);
  if (name === undefined)
    throw new Error(`Cannot draw --home ${values.home}: use ${HOMES.join(', ')}`);
  return name;
}

async function main(): Promise<void> {
  const home = realpathSync(mkdtempSync(`${tmpdir()}/waymark-dashboard-`));
  Object.assign(process.env, { HOME: home, TZ: 'UTC' });
  mkdirSync(values.to, { recursive: true });
  const still = await makePictureHome(homeName(), home);
  const { environment } = stillSetting(home);
  const dashboard = await startDashboard(still.folder, { clock: () => NOW, environment });
  const browser = await launchChromium();
  try {
    for (const one of pictures()) await drawPage(one, browser, dashboard, home);
  } finally {
    await browser.close();
    await dashboard.close();
    still.close();
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
