import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import { postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { startRedis } from '../support/redis-server.ts';
import { type TeamLaptop, teamLaptop } from '../support/team-laptop.ts';
import { median, quantile } from './statistics.ts';

/**
 * Measures how long it takes until what failed for one warns another: from the moment at which
 * `waymark failures confirm` has said so on one machine until the file that the hooks of another one
 * read has it. `npm run build`, then `npx tsx test/bench/team-news.ts [rounds]`.
 */
const ROUNDS = Number(process.argv[2] ?? 10);
const LIMIT_MS = 5_000;

const programs = postgresPrograms();
if (programs === undefined) throw new Error('Cannot measure: no PostgreSQL is installed');
const root = mkdtempSync(`${tmpdir()}/waymark-news-`);
const postgres = await startPostgres(programs);
const redis = await startRedis();
const started: ChildProcess[] = [];
const laptops: TeamLaptop[] = [];
try {
  const session = await postgres.connect();
  await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'bench');
  await session.close();
  started.push(
    spawn(
      process.execPath,
      ['dist/waymark.cjs', 'worker', '--from', redis.url, '--store', postgres.url()],
      { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: root } },
    ),
  );
  for (const [way, url] of [
    ['through Redis', redis.url],
    ['straight into PostgreSQL', postgres.url()],
  ] as const) {
    const [ann, bob] = [
      await member(`ann-${laptops.length}`, url),
      await member(`bob-${laptops.length}`, url),
    ];
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await measure(ann, bob, round));
    process.stdout.write(
      `${way}: median ${median(times).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms, most ${Math.max(...times).toFixed(0)} ms (at most ${LIMIT_MS})\n`,
    );
  }
} finally {
  for (const laptop of laptops) await laptop.killWorker();
  for (const child of started) child.kill('SIGKILL');
  await redis.remove();
  postgres.remove();
  rmSync(root, { recursive: true, force: true });
}

async function member(person: string, url: string): Promise<TeamLaptop> {
  mkdirSync(`${root}/${person}`);
  const laptop = teamLaptop(`${root}/${person}`, person);
  laptops.push(laptop);
  await laptop.waymark('fleet', 'join', url, '--person', person, '--name', `${person}-pc`);
  await laptop.waymark('fleet', 'share', laptop.project, '--fields', 'figures,places,commands');
  laptop.startWorker();
  await laptop.hook('session-start', 'SessionStart');
  return laptop;
}

/** Another misspelt script each time. */
async function measure(ann: TeamLaptop, bob: TeamLaptop, round: number): Promise<number> {
  const name = `${ann.person === 'ann-0' ? 'red' : 'pos'}${['ab', 'cd', 'ef', 'gh', 'ij'][round % 5]}${['kl', 'mn', 'op', 'qr'][Math.floor(round / 5) % 4]}`;
  const [wrong, right] = [`npm run ${name}biuld`, `npm run ${name}build`];
  await ann.call('failed', wrong, `Exit code 1\nnpm error Missing script: "${name}biuld"`);
  await ann.call('ok', right);
  await ann.stops();
  const known = async (): Promise<string | undefined> => {
    const listed: ReadonlyArray<{ id: string; pattern: string; fix: string | null }> = JSON.parse(
      await ann.waymark('failures', 'list', '--json'),
    );
    return listed.find(({ pattern, fix }) => pattern === wrong && fix === right)?.id;
  };
  let id = await known();
  for (let look = 0; id === undefined; look += 1) {
    if (look > 50) throw new Error(`Cannot measure: ${ann.person} never learns a fix of ${wrong}`);
    await sleep(100);
    id = await known();
  }
  await bob.hook('user-prompt-submit', 'UserPromptSubmit', { prompt: `Round ${round}` });
  await ann.waymark('failures', 'confirm', id);
  const begun = performance.now();
  while (!bob.needles().includes(`${name}biuld`)) {
    if (performance.now() - begun > 60_000)
      throw new Error(`Cannot measure: ${bob.person} never hears of ${wrong}`);
    await sleep(5);
  }
  return performance.now() - begun;
}
