import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import {
  arch,
  availableParallelism,
  cpus,
  loadavg,
  release,
  tmpdir,
  totalmem,
  type,
} from 'node:os';
import { join } from 'node:path';

/** Where the figures come from. */
export interface Machine {
  readonly system: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
  readonly shell: string;
  /** Of the folder that holds the throw-away homes. */
  readonly fileSystem: string;
  /**
   * Load average of the last minute and files made per second, when the run began and when it
   * ended.
   */
  readonly moments: readonly Moment[];
}

/**
 * How free the machine was: other programs at work show in the load, a disk that is busy with
 * itself in the files.
 */
export interface Moment {
  readonly load: number;
  readonly filesPerSecond: number;
}

export function describeMachine(moments: readonly Moment[]): Machine {
  return {
    system: `${type()} ${release().replace(/-.*/, '')} ${arch()}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    shell: printed('readlink', ['-f', '/bin/sh']).replace(/.*\//, ''),
    fileSystem: printed('df', ['--output=fstype', tmpdir()]).split('\n').at(-1) || 'unknown',
    moments,
  };
}

export function momentOf(): Moment {
  return { load: loadNow(), filesPerSecond: filesPerSecond() };
}

function loadNow(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return Math.round((loadavg()[0] ?? 0) * 100) / 100; // no /proc: macOS
  }
}

/**
 * Some file systems make files twenty times more slowly for a while after many were deleted:
 * everything measured there is slow then.
 */
function filesPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-bench-files-'));
  const count = 1_000;
  const began = performance.now();
  for (let n = 0; n < count; n += 1) closeSync(openSync(`${folder}/${n}`, 'wx'));
  const perSecond = Math.round((count / (performance.now() - began)) * 1000);
  rmSync(folder, { recursive: true });
  return perSecond;
}

function printed(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
