import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';
import { errnoOf } from '../../../lib/core/errors.ts';

/** Why no file system can be mounted here, or `undefined`. */
export const noMount: string | undefined = probe();

function probe(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  const folder = mkdtempSync(`${tmpdir()}/waymark-mount-`);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], {
    stdio: 'ignore',
  });
  if (status === 0) execFileSync('umount', [folder]);
  rmdirSync(folder);
  return status === 0 ? undefined : 'mounting a file system is not permitted';
}

/**
 * Mounts a file system in memory at `folder`, with options such as `size=64k`; it goes with the
 * test.
 */
export function mountTmpfs(folder: string, options: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'tmpfs', folder]);
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
}

/** Makes `folder` read-only for every user. @returns a function that undoes it. */
export function makeReadOnly(folder: string): () => void {
  execFileSync('mount', ['--bind', folder, folder]);
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
  return () => void execFileSync('mount', ['-o', 'remount,bind,rw', folder]);
}

/** Changes the options of a mounted file system. */
export function remount(folder: string, options: string): void {
  execFileSync('mount', ['-o', `remount,${options}`, folder]);
}

/** Takes the last byte of space but `spare` pages. @returns what gives it back. */
export function fillSpace(folder: string, spare = 0): () => void {
  const file = `${folder}/.filler`;
  const fd = openSync(file, 'w');
  const page = Buffer.alloc(4_096);
  let pages = 0;
  try {
    for (;;) {
      writeSync(fd, page);
      pages += 1;
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
  if (spare > 0) truncateSync(file, (pages - spare) * 4_096);
  return () => rmSync(file);
}

/** Takes the last inode. @returns what gives them back. */
export function fillInodes(folder: string): () => void {
  const made: string[] = [];
  try {
    for (;;) {
      const file = `${folder}/.filler-${made.length}`;
      writeFileSync(file, '');
      made.push(file);
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOSPC') throw error;
  }
  return () => {
    for (const file of made) rmSync(file);
  };
}
