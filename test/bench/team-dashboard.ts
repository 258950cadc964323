import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { serveDashboard } from '../../lib/dashboard/serve.ts';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { median, quantile } from './statistics.ts';
import { teamYear } from './team-year.ts';

/**
 * Measures how long each answer of a team's dashboard takes: `npm run build`, then `npx tsx
 * test/bench/team-dashboard.ts --rows 5000000`. PostgreSQL and the measurement share the machine.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '20' },
    /** Prints what PostgreSQL does for statements that take longer, in milliseconds. */
    explain: { type: 'string' },
  },
});

const ANSWERS = [
  ...['now', 'sessions', 'sessions?offset=5000', 'failures', 'agents', 'cost', 'cost?by=project'],
  ...['events', 'events?type=tool.*', 'security', 'system', 'search?q=rounding+cent7'],
  'search?q=rounding',
];

const TOKEN = 'a'.repeat(43);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function fill(session: PostgresSession, now: number): Promise<void> {
  const begun = performance.now();
  for (const [what, sql] of teamYear(Number(values.rows), now)) {
    await session.script(sql);
    say(`filled ${what} after ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  }
}

async function measure(url: string, path: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    const begun = performance.now();
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    await response.text();
    if (!response.ok) throw new Error(`Cannot measure ${path}: status ${response.status}`);
    if (round > 0) times.push(performance.now() - begun); // the first one connects and plans
  }
  return times;
}

const programs = postgresPrograms();
if (programs === undefined) throw new Error('Cannot measure: no PostgreSQL is installed');
const server = await startPostgres(programs);
const root = mkdtempSync(`${tmpdir()}/waymark-bench-`);
try {
  const session = await server.connect();
  await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'bench');
  const now = Date.now();
  await fill(session, now);
  if (values.explain !== undefined)
    await session.script(
      `ALTER SYSTEM SET session_preload_libraries = 'auto_explain';
      ALTER DATABASE postgres SET auto_explain.log_min_duration = ${Number(values.explain)};
      ALTER DATABASE postgres SET auto_explain.log_analyze = on`.replace(/ALTER SYSTEM[^;]*;/, ''),
    );
  await session.script('CREATE ROLE board LOGIN IN ROLE waymark_reader');
  const [size] = await session.query(
    'SELECT pg_size_pretty(pg_database_size(current_database())) AS size',
  );
  say(`database: ${String(size?.['size'])}`);
  const own = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  const folder = { ...own, team: { url: server.url('postgres', 'board'), filter: {} } };
  const dashboard = await serveDashboard({
    ...{ folder, token: TOKEN, port: 0, environment: {}, clock: Date.now },
    ...{ ownCommand: () => 'waymark', runnable: (text: string) => text },
    onBug: (error) => say(String(error)),
  });
  for (const path of ANSWERS) {
    const times = await measure(dashboard.url, `api/${path}`);
    say(
      `${path}: median ${median(times).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms (at most 300)`,
    );
  }
  await dashboard.close();
  await session.close();
} finally {
  server.remove();
  rmSync(root, { recursive: true, force: true });
}
