import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const LIBRARIES = ['/usr/lib', '/usr/lib64', '/lib'];

/** Where libfaketime is, or `undefined`. */
const library: string | undefined = findLibrary();

/** Why no clock can be moved here, or `undefined`. */
export const noFakeTime: string | undefined = probe();

function findLibrary(): string | undefined {
  const folders = LIBRARIES.filter(existsSync).flatMap((root) => [
    root,
    ...readdirSync(root).map((name) => `${root}/${name}`),
  ]);
  return folders.map((folder) => `${folder}/faketime/libfaketime.so.1`).find(existsSync);
}

function probe(): string | undefined {
  if (library === undefined) return 'libfaketime is not installed';
  try {
    const now = Number(
      execFileSync(process.execPath, ['-p', 'Date.now()'], {
        env: { ...process.env, ...movedClock('-1d') },
        encoding: 'utf8',
      }),
    );
    return Math.abs(now - Date.now() + 86_400_000) < 60_000
      ? undefined
      : 'libfaketime does not move the clock of Node';
  } catch {
    return 'libfaketime does not work with Node';
  }
}

/**
 * Environment of a process whose clock is off by this much. The kernel goes on to stamp its files
 * with the true time.
 */
export function movedClock(by: '-1d' | '+1d'): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library ?? '',
    FAKETIME: by,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
    FAKETIME_NO_CACHE: '1',
  };
}

/** Starts something whose children inherit the moved clock; our own clock stays. */
export function underClock<T>(by: '-1d' | '+1d', start: () => T): T {
  const changed = movedClock(by);
  Object.assign(process.env, changed);
  try {
    return start();
  } finally {
    for (const name of Object.keys(changed)) delete process.env[name];
  }
}
