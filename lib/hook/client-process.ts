import { readFileSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/** The Claude Code process that started a hook. */
export interface ClientProcess {
  readonly pid: number;
  /** When it started, in clock ticks since boot, because pids are reused. Known on Linux only. */
  readonly started?: string;
}

/** Returns the process that started this one. */
export function clientProcess(): ClientProcess {
  const started = startOf(process.ppid);
  return { pid: process.ppid, ...(started === undefined ? {} : { started }) };
}

/**
 * Whether that process has ended. Another process with its pid does not count. In doubt it counts
 * as running. Never throws.
 */
export function hasClientEnded({ pid, started }: ClientProcess): boolean {
  // 0 and negative numbers name groups; 1 adopts orphans.
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
  const now = started === undefined ? undefined : startOf(pid);
  return now !== undefined && now !== started;
}

/** Reads field 22 of its `stat`. The second field, in brackets, may contain anything. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // Not Linux, or just ended.
  }
}
