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
 * Whether that process has ended. Another process with its pid does not count, nor does a dead one
 * that nobody has collected, as in a container without an init process. In doubt it counts as
 * running. Never throws.
 */
export function hasClientEnded({ pid, started }: ClientProcess): boolean {
  // 0 and negative numbers name groups; 1 adopts orphans.
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
  const [state, ...fields] = statOf(pid);
  if (state === 'Z' || state === 'X') return true;
  const now = started === undefined ? undefined : fields[STARTED];
  return now !== undefined && now !== started;
}

/** Position among the fields of `stat` that follow the state. */
const STARTED = 18;

function startOf(pid: number): string | undefined {
  return statOf(pid)[1 + STARTED];
}

/** The fields of its `stat` from the third on. The second, in brackets, may contain anything. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // Not Linux, or just ended.
  }
}
