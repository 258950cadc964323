import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetFeed } from '../../lib/fleet/feed.ts';
import { shareRules } from '../../lib/fleet/field-groups.ts';
import { type FleetOutlet, openPostgresOutlet } from '../../lib/fleet/outlet.ts';
import { textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { openRedisOutlet } from '../../lib/fleet/redis/redis-outlet.ts';
import { redisPlace } from '../../lib/fleet/redis/redis-place.ts';
import { sharedTables, trackedTables } from '../../lib/fleet/shared-tables.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { setFeedState, startTracking } from '../../lib/store/changed-rows.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migrate } from '../../lib/store/migrate.ts';
import type { AppliedUpTo, FleetHost } from '../../lib/store/postgres/hosts.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { prompts } from '../support/stream-scene.ts';

// What it costs to feed a team, in CPU time of each part: the machine that runs this may be busy.
// Needs `npm run build`, redis-server and PostgreSQL. Usage: tsx test/bench/fleet.ts [events]. With
// few events the start of each worker (0.3 s) is most of what is measured.
const EVENTS = Number(process.argv[2] ?? 30_000);
const MACHINES = 8;

interface Machine {
  readonly store: Database;
  readonly feed: FleetFeed;
  readonly apply: (from: number, count: number) => void;
}

type Open = (host: FleetHost, start: AppliedUpTo) => Promise<FleetOutlet>;

function machine(name: string, open: Open): Machine {
  const store = sqliteDriver()(':memory:');
  migrate(store);
  const tables = sharedTables(store);
  startTracking(store, trackedTables(tables));
  setFeedState(store, { feed: `feed of ${name}`, changes: 0, events: 0 });
  const feed = new FleetFeed({
    database: () => store,
    tables: () => tables,
    rules: () => shareRules(['*=figures+places+commands+texts']),
    salt: 'salt',
    open: (feedName, start) =>
      open({ host: name, name, person: 'ann', version: '1', feed: feedName }, start),
    clock: Date.now,
    pause: async () => undefined,
    log: (_level, _code, message) => void process.stderr.write(`${message}\n`),
  });
  const applier = eventApplier(store, EFFECTS, Date.now);
  const apply = (from: number, count: number): void => {
    for (let at = from; at < from + count; at += 250)
      applier(prompts(at, Math.min(250, from + count - at)));
  };
  return { store, feed, apply };
}

/** Milliseconds of CPU time of a process and its children, the ended ones too. */
function cpuOf(pid: number): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.reduce((sum, name) => {
    const fields = statOf(Number(name));
    if (Number(name) === pid) return sum + ticks(fields, 11, 12, 13, 14);
    return Number(fields[1]) === pid ? sum + ticks(fields, 11, 12) : sum;
  }, 0);
}

function statOf(pid: number): readonly string[] {
  try {
    return (/\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '').split(' ');
  } catch {
    return []; // it has ended
  }
}

function ticks(fields: readonly string[], ...at: readonly number[]): number {
  return at.reduce((sum, index) => sum + Number(fields[index] ?? 0) * 10, 0);
}

interface Cost {
  readonly wall: number;
  readonly own: number;
  readonly redis: number;
  readonly postgres: number;
}

async function costOf(servers: Servers, action: () => Promise<void>): Promise<Cost> {
  const now = () => ({
    wall: performance.now(),
    own: process.cpuUsage(),
    redis: cpuOf(servers.redis.pid() ?? 0),
    postgres: cpuOf(servers.postgres),
  });
  const before = now();
  await action();
  const after = now();
  return {
    wall: after.wall - before.wall,
    own: (after.own.user + after.own.system - before.own.user - before.own.system) / 1_000,
    redis: after.redis - before.redis,
    postgres: after.postgres - before.postgres,
  };
}

interface Servers {
  readonly team: TestTeam;
  readonly redis: RedisServer;
  /** The process of the server itself. */
  readonly postgres: number;
}

function show(name: string, rows: number, { wall, own, redis, postgres }: Cost): void {
  const each = (ms: number) => `${((ms * 1_000) / rows).toFixed(0).padStart(4)} µs`;
  process.stdout.write(
    `${name.padEnd(34)} ${String(rows).padStart(6)} rows ${((rows / wall) * 1_000).toFixed(0).padStart(6)}/s wall | CPU a row: own ${each(own)}, redis ${each(redis)}, postgres ${each(postgres)}\n`,
  );
}

function rowsOf({ store }: Machine): number {
  return Number(
    store.prepare("SELECT value FROM fleet_state WHERE name = 'sent'").get()?.['value'],
  );
}

async function measureDirect(servers: Servers): Promise<void> {
  const tablesOf = sharedTables(machineStore());
  const one = machine('direct', (host) =>
    openPostgresOutlet({ host, url: servers.team.url, tables: tablesOf }),
  );
  one.apply(0, EVENTS);
  const cost = await costOf(servers, () => one.feed.drain());
  show('direct into PostgreSQL', rowsOf(one), cost);
  await one.feed.close();
}

function machineStore(): Database {
  const store = sqliteDriver()(':memory:');
  migrate(store);
  return store;
}

async function fill(servers: Servers, url: string): Promise<number> {
  let [rows, own, redis, wall] = [0, 0, 0, 0];
  const before = await usedMemory(servers);
  for (let n = 0; n < MACHINES; n += 1) {
    const one = machine(`laptop ${n} of ${url}`, (host, start) =>
      openRedisOutlet({ host, start, place: redisPlace(url) }),
    );
    one.apply(0, Math.ceil(EVENTS / MACHINES));
    const cost = await costOf(servers, () => one.feed.drain());
    rows += rowsOf(one);
    [own, redis, wall] = [own + cost.own, redis + cost.redis, wall + cost.wall];
    await one.feed.close();
  }
  show('feed into Redis', rows, { own, redis, wall, postgres: 0 });
  await showMemory(servers, before, rows);
  return rows;
}

async function usedMemory({ redis }: Servers): Promise<number> {
  const session = await redis.connect();
  const text = textOf(await session.send('INFO', 'memory')).split('used_memory:')[1];
  await session.close();
  return Number.parseInt(text ?? '', 10);
}

async function showMemory(servers: Servers, before: number, rows: number): Promise<void> {
  const bytes = ((await usedMemory(servers)) - before) / rows;
  process.stdout.write(
    `Redis has ${bytes.toFixed(0)} bytes a row: ${(bytes / 10).toFixed(1)} MB for 100,000 rows\n`,
  );
}

async function measureWorkers(servers: Servers, count: number): Promise<void> {
  const url = servers.redis.url.replace('partitions=2', `partitions=8&prefix=w${count}`);
  const rows = await fill(servers, url);
  let own = 0;
  const cost = await costOf(servers, async () => {
    const spent = new Map<number, number>();
    const workers = Array.from({ length: count }, async () => {
      const child = spawn(
        process.execPath,
        ['dist/waymark.cjs', 'worker', '--once', '--from', url, '--store', servers.team.url],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      const watch = setInterval(() => {
        spent.set(child.pid ?? 0, ticks(statOf(child.pid ?? 0), 11, 12));
      }, 20);
      await new Promise((resolve) => child.once('exit', resolve));
      clearInterval(watch);
    });
    await Promise.all(workers);
    own = [...spent.values()].reduce((sum, ms) => sum + ms, 0);
  });
  show(`${count} worker${count === 1 ? '' : 's'} into PostgreSQL`, rows, { ...cost, own });
}

async function measureSteady(servers: Servers): Promise<void> {
  const one = machine('steady', (host, start) =>
    openRedisOutlet({ host, start, place: servers.redis.place }),
  );
  one.apply(0, 10);
  await one.feed.drain();
  const [before, known] = [await usedMemory(servers), rowsOf(one)];
  let own = 0;
  const ROUNDS = 50;
  for (let round = 0; round < ROUNDS; round += 1) {
    one.apply(1_000 + round * 3, 3); // about ten rows
    const before = process.cpuUsage();
    await one.feed.drain();
    const { user, system } = process.cpuUsage(before);
    own += (user + system) / 1_000;
    await sleep(100);
  }
  const rows = rowsOf(one);
  const share = (own / rows / 10) * 100; // milliseconds of 1,000 for 100 rows
  process.stdout.write(
    `feed at a steady rate: ${rows} rows in ${ROUNDS} batches took ${own.toFixed(0)} ms; at 100 rows/s ${share.toFixed(1)} % of a core\n`,
  );
  await showMemory(servers, before, rows - known);
  await one.feed.close();
}

async function measureLatency(servers: Servers): Promise<void> {
  const url = servers.redis.url.replace('?', '?prefix=late&');
  const worker = spawn(
    process.execPath,
    ['dist/waymark.cjs', 'worker', '--from', url, '--store', servers.team.url],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const one = machine('late', (host, start) =>
    openRedisOutlet({ host, start, place: redisPlace(url) }),
  );
  const times: number[] = [];
  for (let n = 0; n < 120; n += 1) {
    const from = performance.now();
    one.apply(n, 1);
    one.feed.poke();
    for (;;) {
      const rows = await servers.team.session.query(
        "SELECT 1 FROM waymark_rows.prompts WHERE host = 'late' AND id = $1",
        [`evt_20261122_044832_${String(n).padStart(16, '0')}`],
      );
      if (rows.length > 0) break;
    }
    times.push(performance.now() - from);
    await sleep(20);
  }
  worker.kill('SIGTERM');
  await one.feed.close();
  const sorted = times.slice(20).toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]?.toFixed(0);
  process.stdout.write(
    `from the local commit to PostgreSQL (25 ms of gathering left out): p10 ${at(0.1)} ms, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms\n`,
  );
}

const team = await testTeam();
const redis = await startRedis('--appendfsync', 'everysec');
const [backend] = await team.session.query('SELECT pg_backend_pid() AS pid');
const servers: Servers = { team, redis, postgres: Number(statOf(Number(backend?.['pid']))[1]) };
try {
  await measureDirect(servers);
  await measureSteady(servers);
  for (const count of [1, 2, 4]) await measureWorkers(servers, count);
  await measureLatency(servers);
} finally {
  await redis.remove();
  await team.close();
}
