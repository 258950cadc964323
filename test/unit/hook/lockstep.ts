import { Worker } from 'node:worker_threads';
import { buildSync, type BuildOptions } from 'esbuild';
import { onTestFinished } from 'vitest';

/** What a caller is doing, as shared memory has it. */
const IDLE = 0;
const RUNNING = 1;
const BEFORE_CALL = 2;
const WON = 3;
const LOST = 4;

const SETTINGS: BuildOptions = {
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
};

/** In a thread: every call of node:fs waits until the test lets it through. */
const PROGRAM = `
const { workerData } = require('node:worker_threads');
const fs = require('node:fs');
const { cells, me, root } = workerData;
const become = (state) => { Atomics.store(cells, me, state); Atomics.notify(cells, me); };
const waitWhile = (state) => { while (Atomics.load(cells, me) === state) Atomics.wait(cells, me, state); };
const slowFs = Object.fromEntries(Object.entries(fs).map(([name, call]) => [name, typeof call !== 'function' || !name.endsWith('Sync') ? call : (...args) => {
  become(${BEFORE_CALL});
  waitWhile(${BEFORE_CALL});
  return call(...args);
}]));
const load = (module, require) => { BUNDLE; return module.exports; };
const { sessionFolder, countOperation, winInterval } = load({ exports: {} }, (name) => (name === 'node:fs' ? slowFs : require(name)));
for (;;) {
  waitWhile(${IDLE});
  const folder = sessionFolder(root, String(Atomics.load(cells, 0)));
  countOperation(folder);
  const won = winInterval(folder, 60_000);
  become(won ? ${WON} : ${LOST});
  waitWhile(won ? ${WON} : ${LOST});
}`;

/**
 * Callers of the throttle in threads of their own, each of whose system calls happens when the test
 * says so.
 */
export interface Lockstep {
  /**
   * Lets all callers count an operation and ask for the interval of the session `run`: one system
   * call of the caller named next in `order` at a time, and when that is used up (`meanwhile` runs
   * then), of each in turn.
   * @returns how many of them won.
   */
  race(run: number, order: readonly number[], meanwhile?: () => void): number;
}

/** Ends with the test. `root` holds a folder for each session. */
export function lockstep(root: string, callers: number): Lockstep {
  const bundle =
    buildSync({ ...SETTINGS, entryPoints: ['lib/hook/throttle.ts'] }).outputFiles?.[0]?.text ?? '';
  // the first is the number of the run
  const cells = new Int32Array(new SharedArrayBuffer(4 * (callers + 1)));
  const threads = Array.from({ length: callers }, (_, index) => {
    const thread = new Worker(
      PROGRAM.replace('BUNDLE', () => bundle),
      { eval: true, workerData: { cells, me: index + 1, root } },
    );
    thread.unref();
    return thread;
  });
  onTestFinished(async () => {
    for (const thread of threads) await thread.terminate();
  });
  const isDone = (cell: number): boolean => [WON, LOST].includes(Atomics.load(cells, cell));
  const step = (cell: number): void => {
    if (isDone(cell)) return;
    Atomics.store(cells, cell, RUNNING);
    Atomics.notify(cells, cell);
    if (Atomics.wait(cells, cell, RUNNING, 10_000) === 'timed-out')
      throw new Error('Cannot continue: a caller failed');
  };
  return {
    race(run, order, meanwhile = () => undefined) {
      const all = threads.map((_, index) => index + 1);
      Atomics.store(cells, 0, run);
      for (const caller of order) step(caller + 1);
      meanwhile();
      while (!all.every(isDone)) all.forEach(step);
      const winners = all.filter((cell) => Atomics.load(cells, cell) === WON).length;
      for (const cell of all) {
        Atomics.store(cells, cell, IDLE);
        Atomics.notify(cells, cell);
      }
      return winners;
    },
  };
}
