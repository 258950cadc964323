import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';

const MEMORY = '/dev/shm';
const NEEDED_BYTES = 1e9;

/**
 * Puts the throw-away folders of all tests into memory where the machine has room for them and may
 * run programs there. On a disk, file creation gets ten and more times slower while thousands of
 * files are deleted. A `TMPDIR` that is set wins.
 * @returns what removes them at the end.
 */
export function setup(): (() => void) | undefined {
  if (process.env['TMPDIR'] !== undefined || !isUsable()) return undefined;
  const folder = mkdtempSync(`${MEMORY}/waymark-tests-`);
  chmodSync(folder, 0o1777); // as /tmp is: some tests act for another user
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function isUsable(): boolean {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const options = mounts.find((line) => line.split(' ')[1] === MEMORY)?.split(' ')[3];
    const { bavail, bsize } = statfsSync(MEMORY);
    return options?.split(',').includes('noexec') === false && bavail * bsize > NEEDED_BYTES;
  } catch {
    return false; // no Linux, or no such folder
  }
}
