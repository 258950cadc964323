import { readFileSync } from 'node:fs';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { eventually } from './eventually.ts';
import type { ProgramProcess } from './program-process.ts';
import type { TestHome } from './test-home.ts';

const MAX_TRIES = 500;

/**
 * Stops a worker (SIGSTOP), but not within a transaction: there it would lock everybody else out of
 * the store.
 */
export async function standStill(worker: ProgramProcess, home: TestHome): Promise<void> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    await holdStill(worker);
    if (isUnlocked(home)) return;
    worker.kill('SIGCONT');
  }
  throw new Error('The worker was always caught within a transaction');
}

/** Stops a worker (SIGSTOP), wherever it is. When this resolves, it does nothing any more. */
export async function holdStill(worker: ProgramProcess): Promise<void> {
  worker.kill('SIGSTOP');
  await eventually('it is stopped', () => isStopped(worker));
}

/** Whether a process has been stopped by a signal, its own or another's. */
export function isStopped({ pid }: ProgramProcess): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** Whether no process writes to the store at this moment. */
export function isUnlocked(home: TestHome): boolean {
  const store = sqliteDriver()(home.folder.store);
  try {
    store.exec('BEGIN IMMEDIATE');
    store.exec('ROLLBACK');
    return true;
  } catch {
    return false;
  } finally {
    store.close();
  }
}
