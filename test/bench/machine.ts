import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { execFileSync } from 'node:child_process';

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
  /** Load average of the last minute when the run began and when it ended: more than a little means that others were at work. */
  readonly load: readonly number[];
}

export function describeMachine(loadAtStart: number): Machine {
  return {
    system: `${type()} ${release().replace(/-.*/, '')} ${arch()}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    shell: printed('readlink', ['-f', '/bin/sh']).replace(/.*\//, ''),
    fileSystem: printed('stat', ['-f', '-c', '%T', tmpdir()]),
    load: [loadAtStart, loadNow()],
  };
}

/** Load average of the last minute. */
export function loadNow(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return Math.round((loadavg()[0] ?? 0) * 100) / 100; // no /proc: macOS
  }
}

function printed(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
