import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { isoTime } from '../../lib/core/clock.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import type { RunningDashboard } from '../../lib/dashboard/serve.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { launchChromium, newTab, startDashboard, TOKEN, visit } from '../support/dashboard-tab.ts';
import { inStore } from '../unit/cli/prepared-store.ts';
import { fillStore } from './search-history.ts';
import { median, quantile } from './statistics.ts';

/**
 * Measures the dashboard on a history that it makes: `npm run build`, then `npx tsx
 * test/bench/dashboard.ts --operations 5000000 --messages 500000 --folder /dev/shm/dash`. Bytes that
 * travel, first paint, a tab that shows 1,000 events per second, and how long each answer takes.
 * Server, writer and measurement share one process, and the browser the machine: figures of a busy
 * machine are too high. A folder that is given is kept, and measured again if it is full.
 */
const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    operations: { type: 'string', default: '5000' },
    messages: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '1000' },
  },
});

const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const RATE = Number(values.rate);

/** How often a second events are written, some at once, as a worker does. */
const BATCHES = 10;

const ANSWERS = [
  ...['now', 'sessions', 'failures', 'agents', 'cost', 'events', 'dead-letters', 'security'],
  'system',
];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What travels for the first page and how soon something is seen, each time with an empty cache. */
async function measureOpening(browser: Browser, dashboard: RunningDashboard): Promise<void> {
  const paints: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await newTab(browser);
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    let sum = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => {
      sum += encodedDataLength;
    });
    await visit(page, dashboard);
    paints.push(
      await page.evaluate<number>(
        `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`,
      ),
    );
    bytes = Math.max(bytes, sum);
    await page.context().close();
  }
  say(`opening: ${(bytes / 1_000).toFixed(1)} kB with headers and answers (at most 150)`);
  say(
    `first paint: median ${median(paints).toFixed(0)} ms, p95 ${quantile(paints, 0.95).toFixed(0)} ms (at most 300)`,
  );
}

/** Counts frames until it is asked. */
const COUNT_FRAMES = `(() => {
  window.waymarkFrames = { begun: performance.now(), count: 0, longest: 0, last: performance.now() };
  const look = (now) => {
    const seen = window.waymarkFrames;
    seen.count += 1;
    seen.longest = Math.max(seen.longest, now - seen.last);
    seen.last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

const READ_FRAMES = `(() => {
  const { begun, count, longest, last } = window.waymarkFrames;
  const now = performance.now();
  return { rate: (1000 * count) / (now - begun), longest: Math.max(longest, now - last) };
})()`;

/** What the scripts of a tab hold after what nobody needs is gone. */
async function heapMb(page: Page): Promise<number> {
  const client = await page.context().newCDPSession(page);
  await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  await client.detach();
  return usedSize / 1e6;
}

/** Writes events at the wished rate for the wished time. @returns how many. */
async function writeEvents(write: (first: number, count: number) => void): Promise<number> {
  const begun = performance.now();
  let count = 0;
  while (performance.now() - begun < SECONDS * 1_000) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * RATE) - count;
    if (due > 0) write(count, due);
    count += Math.max(0, due);
    await new Promise((resolve) => setTimeout(resolve, 1_000 / BATCHES));
  }
  return count;
}

/** The page Events, while events come. */
async function measureEvents(
  browser: Browser,
  dashboard: RunningDashboard,
  write: (first: number, count: number) => void,
): Promise<void> {
  const page = await newTab(browser);
  await visit(page, dashboard, '/events');
  const before = await heapMb(page);
  await page.bringToFront();
  await page.evaluate(COUNT_FRAMES);
  const begun = performance.now();
  const count = await writeEvents(write);
  const rate = (1_000 * count) / (performance.now() - begun);
  const frames = await page.evaluate<{ rate: number; longest: number }>(READ_FRAMES);
  const after = await heapMb(page);
  const rows = await page.locator('tbody tr').count();
  say(
    `events: ${rate.toFixed(0)} a second: ${frames.rate.toFixed(1)} frames a second (at least 50), longest ${frames.longest.toFixed(0)} ms, ${rows} rows`,
  );
  say(`tab: ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after (at most 100)`);
  await page.context().close();
}

async function measureAnswers({ url }: RunningDashboard): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const name of ANSWERS) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const begun = performance.now();
      const response = await fetch(`${url}api/${name}`, { headers });
      bytes = (await response.arrayBuffer()).byteLength;
      times.push(performance.now() - begun);
      if (!response.ok) throw new Error(`Cannot measure ${name}: status ${response.status}`);
    }
    say(
      `/api/${name.padEnd(13)} median ${median(times).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms (at most 100), ${(bytes / 1_000).toFixed(1)} kB`,
    );
  }
}

async function main(): Promise<void> {
  const root = values.folder ?? mkdtempSync(`${tmpdir()}/waymark-dashboard-bench-`);
  const folder = stateFolderAt(root, {}, [`${root}/run`]);
  const size = { operations: Number(values.operations), messages: Number(values.messages) };
  inStore(folder, () => undefined);
  const isFull = inStore(folder, (database) =>
    database.prepare('SELECT 1 AS found FROM operations LIMIT 1').get(),
  );
  if (isFull === undefined) fillStore(folder, { ...size, share: 1, now: Date.now(), say });
  const stamp = Date.now().toString(16).padStart(12, '0');
  const write = (first: number, count: number): void =>
    inStore(folder, (database) => {
      const events = Array.from({ length: count }, (_, nth) => ({
        event_id: `evt_20261122_100000_${stamp.slice(-9)}${String(first + nth).padStart(7, '0')}`,
        ...{ event_type: 'bench.tick', timestamp: isoTime(Date.now()), source: 'bench/Dashboard' },
        payload: { session_id: 'bench', nth: first + nth },
      }));
      eventApplier(database, EFFECTS, Date.now)(events);
    });
  const dashboard = await startDashboard(folder);
  const browser = await launchChromium();
  try {
    say(`${size.operations.toLocaleString('en')} operations, ${ROUNDS} rounds`);
    await measureAnswers(dashboard);
    await measureOpening(browser, dashboard);
    await measureEvents(browser, dashboard, write);
  } finally {
    await browser.close();
    await dashboard.close();
    if (values.folder === undefined) rmSync(root, { recursive: true, force: true });
  }
}

await main();
