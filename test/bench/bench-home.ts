import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { workerFlags } from '../../lib/hook/autostart.ts';
import { listDeadNames, queueDepth } from '../../lib/queue/depth.ts';
import { makeQueueFolder, type QueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import type { Bench } from './benchmark.ts';
import { type Child, childEnvironment, startChild } from './children.ts';

/**
 * A throw-away user: home, project and state folder below one root that goes away with the
 * benchmark.
 */
export interface BenchHome {
  readonly root: string;
  readonly project: string;
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  /** Variables that make a process one of this user. */
  readonly environment: Readonly<Record<string, string>>;
}

export function benchHome(bench: Bench): BenchHome {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-bench-')));
  bench.onEnd(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const project = join(root, 'project');
  for (const folder of ['home/.claude', 'run', 'project/.git/refs/heads', 'state'])
    mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(project, '.git/HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(project, '.git/refs/heads/main'), `${'0123456789'.repeat(4)}\n`);
  const own = {
    HOME: join(root, 'home'),
    CLAUDE_CONFIG_DIR: join(root, 'home/.claude'),
    XDG_RUNTIME_DIR: join(root, 'run'),
    WAYMARK_HOME: join(root, 'state'),
  };
  const folder = stateFolderAt(own.WAYMARK_HOME, own);
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  return { root, project, folder, queue, environment: own };
}

/** Removes a home before the benchmark ends, to give the disk back. */
export function removeHome(home: BenchHome): void {
  rmSync(home.root, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Installs the hooks into the project of this user, as people do, but for the proof that starts a
 * worker.
 */
export function installHooks(bench: Bench, home: BenchHome): void {
  const args = [
    `${bench.packageFolder}/dist/install-hooks.js`,
    '--yes',
    '--no-prove',
    '--scope',
    'project',
  ];
  execFileSync(process.execPath, args, {
    cwd: home.project,
    env: childEnvironment(home.environment),
    stdio: 'pipe',
    timeout: 60_000,
  });
}

/**
 * Starts the worker that hooks start for users, or one that joins it, and waits until it sleeps on
 * its pipe.
 */
export async function startWorker(
  bench: Bench,
  home: BenchHome,
  role: '--background' | '--shared' = '--background',
): Promise<Child> {
  const child = startChild(
    bench,
    [process.execPath, ...nodeFlags(), `${bench.packageFolder}/dist/waymark.cjs`, 'worker', role],
    home.environment,
  );
  await until('a worker is there', () =>
    readHeartbeats(home.folder.heartbeat).some(({ pid }) => pid === child.pid),
  );
  return child;
}

/**
 * Those that hooks give to a worker, and for profiles
 * `WAYMARK_BENCH_WORKER_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/profiles'`.
 */
function nodeFlags(): readonly string[] {
  const own = (process.env['WAYMARK_BENCH_WORKER_FLAGS'] ?? '').split(' ');
  return [...workerFlags(process.versions.node), ...own.filter((flag) => flag !== '')];
}

/** Resolves when `condition` holds. @throws after `patienceMs`, naming `what`. */
export async function until(
  what: string,
  condition: () => boolean,
  patienceMs = 30_000,
  everyMs = 2,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${patienceMs} ms: ${what}`);
    await sleep(everyMs);
  }
}

/** Whether nothing is held by any worker. */
export function isNothingHeld({ queue }: BenchHome): boolean {
  return readdirSync(queue.processing).every((worker) => isEmpty(`${queue.processing}/${worker}`));
}

export function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return true; // gone
  }
}

/** @throws unless every one of `count` events is stored once and nothing waits or is dead. */
export function requireAllStored(home: BenchHome, count: number): void {
  const store = openStoreForReading(home.folder.store, sqliteDriver());
  const stored = Number(
    store?.prepare("SELECT count(*) AS n FROM events WHERE type = 'checkpoint.created'").get()?.[
      'n'
    ] ?? 0,
  );
  store?.close();
  const { pending, delayed, processing } = queueDepth(home.queue);
  const left = pending + delayed + processing + listDeadNames(home.queue).length;
  if (stored !== count || left > 0)
    throw new Error(`Of ${count} events ${stored} are stored and ${left} were left`);
}
