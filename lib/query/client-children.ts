import { readdirSync, readFileSync } from 'node:fs';
import type { ClientProcess } from '../hook/client-process.ts';

/** The client starts all hooks of a notification at once; ours notes the time in this time. */
const SAME_START_MS = 100;

/** Hooks and status lines have ended by then. */
const SHORT_PROCESS_MS = 1_200;

/** Linux gives times of processes in these, whatever the kernel's own clock does. */
const TICKS_PER_SECOND = 100;

/**
 * Returns for how many milliseconds each child of the client runs; none where it has ended, or the
 * system does not say so (Linux alone does). Never throws.
 */
export function clientChildAges({ pid }: ClientProcess): readonly number[] {
  try {
    const upMs = Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1_000;
    return childrenOf(pid).flatMap((child) => {
      const startedMs = startedAfterBootMs(child);
      return startedMs === undefined ? [] : [upMs - startedMs];
    });
  } catch {
    return [];
  }
}

/**
 * Whether a process runs that the client started since it asked for permission: the call that was
 * allowed. Hooks and status lines are processes, too, but short ones.
 */
export function hasLongChildSince(ages: readonly number[], askedAt: number, now: number): boolean {
  const longest = now - askedAt - SAME_START_MS;
  return ages.some((age) => age > SHORT_PROCESS_MS && age < longest);
}

/** Each thread has its own list. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readQuietly(`/proc/${pid}/task/${thread}/children`)
      .split(' ')
      .map(Number)
      .filter((child) => child > 0),
  );
}

function startedAfterBootMs(pid: number): number | undefined {
  const stat = readQuietly(`/proc/${pid}/stat`);
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[18]);
  if (state === undefined || 'ZX'.includes(state) || !(ticks >= 0)) return undefined;
  return (ticks * 1_000) / TICKS_PER_SECOND;
}

/** `''` for what has ended in between. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
