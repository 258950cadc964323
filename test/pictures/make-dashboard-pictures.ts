// Draws the pages of the dashboard: `npm run docs:dashboard`, or with the names of some of them and
// `--to FOLDER`.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { RunningDashboard } from '../../lib/dashboard/serve.ts';
import { launchChromium, newTab, startDashboard, visit } from '../support/dashboard-tab.ts';
import { inStore } from '../unit/cli/prepared-store.ts';
import { makeStillHome, NOW, type StillHome, stillSetting } from './still-home.ts';

const MINUTE = 60_000;

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
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string', default: 'docs/pictures/dashboard' },
    all: { type: 'boolean', default: false },
  },
});

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 720 };

/** What a worker and the status line of the client note over an hour. */
function addFigures({ folder }: StillHome): void {
  inStore(folder, (database) => {
    const limit = database.prepare(
      'INSERT INTO account_limits (config_folder, name, at, used, resets_at) VALUES (?, ?, ?, ?, ?)',
    );
    limit.run('/home/you/.claude', 'five_hour', NOW - MINUTE, 62, NOW + 96 * MINUTE);
    limit.run('/home/you/.claude', 'seven_day', NOW - MINUTE, 31, NOW + 5_300 * MINUTE);
    const metric = database.prepare(
      'INSERT INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?)',
    );
    for (let minute = 59; minute > 0; minute -= 1) {
      const wave = Math.sin(minute / 4) + Math.sin(minute / 1.7) / 2;
      const at = NOW - minute * MINUTE;
      metric.run(at, 'w-4c1d', 'throughput', Math.max(0, 0.6 + 0.4 * wave));
      metric.run(at, 'w-4c1d', 'latency_p50_ms', 4 + wave);
      metric.run(at, 'w-4c1d', 'latency_p95_ms', 11 + 4 * Math.abs(wave));
    }
  });
}

/** WebP: a third of a PNG, and every browser shows it. */
async function draw(page: Page, file: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  writeFileSync(file, Buffer.from(data, 'base64'));
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
    await draw(page, `${values.to}/${name}-${isPhone ? 'phone-' : ''}${scheme}.webp`);
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

async function main(): Promise<void> {
  const home = realpathSync(mkdtempSync(`${tmpdir()}/waymark-dashboard-`));
  Object.assign(process.env, { HOME: home, TZ: 'UTC' });
  mkdirSync(values.to, { recursive: true });
  const still = await makeStillHome(home);
  addFigures(still);
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
