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
    worker.kill('SIGSTOP');
    await eventually('it is stopped', () =>
      /^State:\s+T/m.test(readFileSync(`/proc/${worker.pid}/status`, 'utf8')),
    );
    if (isUnlocked(home)) return;
    worker.kill('SIGCONT');
  }
  throw new Error('The worker was always caught within a transaction');
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
