import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { ProducerOrder, WorkerOrder } from './programs/order.ts';
import type { JournalOrder } from './test-journal.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface Programs {
  worker(order: WorkerOrder): ProgramProcess;
  unguardedWorker(order: WorkerOrder): ProgramProcess;
  producer(order: ProducerOrder): ProgramProcess;
  journal(order: JournalOrder): ProgramProcess;
  /** Removes the bundles. */
  remove(): void;
}

/** A child process that cannot outlive its test. */
export interface ProgramProcess {
  readonly pid: number;
  readonly isRunning: boolean;
  /** Everything it wrote to stderr so far. */
  readonly stderr: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Bundles the programs of test/support/programs, so that each start costs one plain Node start.
 * Call `remove` when done.
 */
export function bundlePrograms(): Programs {
  // below the project: packages must be found from there
  const outdir = `${PROJECT}/node_modules/.cache/waymark-test/${process.pid}`;
  mkdirSync(outdir, { recursive: true });
  const sources = ['worker', 'unguarded-worker', 'producer', 'journal'].map(
    (name) => `${PROJECT}/test/support/programs/${name}.ts`,
  );
  buildSync({
    entryPoints: sources,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const start = (name: string, order: { readonly home: string }): ProgramProcess =>
    startProgram(process.execPath, [`${outdir}/${name}.mjs`, JSON.stringify(order)], {
      XDG_RUNTIME_DIR: order.home,
    });
  return {
    worker: (order) => start('worker', order),
    unguardedWorker: (order) => start('unguarded-worker', order),
    producer: (order) => start('producer', order),
    journal: (order) => start('journal', order),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}

/** Starts a process that is killed at the end of the test, if it still runs then. */
export function startProgram(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ProgramProcess {
  const { NODE_EXTRA_CA_CERTS: _unused, WAYMARK_HOME: _other, ...inherited } = process.env;
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...inherited, ...environment },
  });
  const started = watch(child);
  onTestFinished(async () => {
    if (started.isRunning) child.kill('SIGKILL');
    await started.exited;
  });
  return started;
}

function watch(child: ChildProcess): ProgramProcess {
  let stderr = '';
  let isRunning = true;
  child.stderr?.on('data', (text) => {
    stderr += String(text);
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      isRunning = false;
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    get isRunning() {
      return isRunning;
    },
    get stderr() {
      return stderr;
    },
    exited,
    kill: (signal) => void child.kill(signal),
  };
}
