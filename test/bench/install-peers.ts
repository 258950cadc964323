import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { reasonOf } from '../../lib/core/errors.ts';

/** Where other queues are driven from, in a package of its own. */
export const PEERS_FOLDER = `${import.meta.dirname}/peers`;

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Installs the other queues as their lock file says, unless they are there. @returns why that
 * failed, if it did.
 */
export function installPeers(): string | undefined {
  if (madeAt('node_modules/.package-lock.json') >= madeAt('package-lock.json')) return undefined;
  try {
    execFileSync('npm', ['ci', ...QUIET], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 2, 2],
      timeout: 120_000,
    });
    return undefined;
  } catch (error) {
    return `cannot install them into test/bench: ${reasonOf(error)}`;
  }
}

function madeAt(file: string): number {
  return statSync(`${import.meta.dirname}/${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
