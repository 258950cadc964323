import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { serveDashboard } from '../../lib/dashboard/serve.ts';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { cpuMsOf } from './process-figures.ts';
import { median, quantile } from './statistics.ts';
import { teamYear } from './team-year.ts';

/**
 * Measures how long each answer of a team's dashboard takes: `npm run build`, then `npx tsx
 * test/bench/team-dashboard.ts --rows 5000000`. PostgreSQL and the measurement share the machine.
 * CPU time is that of both; where other programs run, it says more than the clock.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '20' },
    /** The owner's address of a database on this machine: it is filled if it is empty, and kept. */
    at: { type: 'string' },
    /** Only answers whose path has this text. */
    only: { type: 'string', default: '' },
  },
});

const ANSWERS = [
  ...['now', 'sessions', 'sessions?offset=5000', 'sessions?offset=19900', 'failures', 'agents'],
  ...['cost', 'cost?days=90', 'events', 'events?type=tool.*', 'security', 'system'],
  ...['search?q=rounding+cent7', 'search?q=invoice', 'search?q=rounding', 'search?q=task'],
].filter((path) => path.includes(values.only));

const TOKEN = 'a'.repeat(43);
const PAGE_MS = 300;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Makes the tables and fills them; those of a kept database are upgraded. */
async function fill(session: PostgresSession, now: number): Promise<void> {
  const begun = performance.now();
  const before = await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'bench');
  say(`tables of version ${before} upgraded after ${secondsSince(begun)} s`);
  const [found] = await session.query('SELECT count(*) AS n FROM waymark_rows.hosts');
  if (Number(found?.['n']) > 0) return;
  for (const [what, sql] of teamYear(Number(values.rows), now)) {
    await session.script(sql);
    say(`filled ${what} after ${secondsSince(begun)} s`);
  }
  await session.script('CREATE ROLE board LOGIN IN ROLE waymark_reader');
}

function secondsSince(begun: number): string {
  return ((performance.now() - begun) / 1_000).toFixed(1);
}

interface Times {
  readonly clock: readonly number[];
  readonly cpu: readonly number[];
}

async function measure(session: PostgresSession, url: string, path: string): Promise<Times> {
  const [clock, cpu]: [number[], number[]] = [[], []];
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    const used = await cpuMs(session);
    const begun = performance.now();
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    await response.text();
    if (!response.ok) throw new Error(`Cannot measure ${path}: status ${response.status}`);
    const took = performance.now() - begun;
    if (round === 0) continue; // it connects and plans
    clock.push(took);
    cpu.push((await cpuMs(session)) - used);
  }
  return { clock, cpu };
}

/** CPU time of this process and of the server's processes that answer it. */
async function cpuMs(session: PostgresSession): Promise<number> {
  const readers = await session.query(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'waymark reader'",
  );
  return [process.pid, ...readers.map(({ pid }) => Number(pid))].reduce(
    (sum, pid) => sum + cpuMsOf(pid),
    0,
  );
}

const programs = postgresPrograms();
if (programs === undefined) throw new Error('Cannot measure: no PostgreSQL is installed');
const server = values.at === undefined ? await startPostgres(programs) : undefined;
const root = mkdtempSync(`${tmpdir()}/waymark-bench-`);
try {
  const owner = values.at ?? server?.url() ?? '';
  const session = await connectPostgres({ url: owner, name: 'bench' });
  await fill(session, Date.now());
  const [size] = await session.query(
    'SELECT pg_size_pretty(pg_database_size(current_database())) AS size',
  );
  say(`database: ${String(size?.['size'])}`);
  const own = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  const folder = {
    ...own,
    team: { url: Object.assign(new URL(owner), { username: 'board' }).href, filter: {} },
  };
  const dashboard = await serveDashboard({
    ...{ folder, token: TOKEN, port: 0, environment: {}, clock: Date.now },
    ...{ ownCommand: () => 'waymark', runnable: (text: string) => text },
    onBug: (error) => say(String(error)),
  });
  for (const path of ANSWERS) {
    const { clock, cpu } = await measure(session, dashboard.url, `api/${path}`);
    say(
      `${path}: median ${median(clock).toFixed(0)} ms, p95 ${quantile(clock, 0.95).toFixed(0)} ms (at most ${PAGE_MS}); CPU p10 ${quantile(cpu, 0.1).toFixed(0)} ms`,
    );
  }
  await dashboard.close();
  await session.close();
} finally {
  server?.remove();
  rmSync(root, { recursive: true, force: true });
}
