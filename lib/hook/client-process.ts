import { readFileSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';

/** The Claude Code process that started a hook. */
export interface ClientProcess {
  readonly pid: number;
  /** When it was started, in ticks since the machine was: pids come again. Known on Linux alone. */
  readonly started?: string;
}

/** The process that started this one. */
export function clientProcess(): ClientProcess {
  const started = startOf(process.ppid);
  return { pid: process.ppid, ...(started === undefined ? {} : { started }) };
}

/** Whether that process has ended; another one under its pid does not count. In doubt it is taken to live. Never throws. */
export function isGone({ pid, started }: ClientProcess): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false; // 0 and negative numbers name groups, 1 adopts orphans
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
  const now = started === undefined ? undefined : startOf(pid);
  return now !== undefined && now !== started;
}

/** Field 22 of its `stat`; the second, in brackets, may hold anything. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // not Linux, or just gone
  }
}
