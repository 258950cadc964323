import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Bench } from './benchmark.ts';

/** What the kernel counted for a process so far. Linux only: read from /proc. */
export interface ProcessFigures {
  /** CPU time of all its threads, in milliseconds, counted to the nanosecond. */
  readonly cpuMs: number;
  /** How often its main thread went to sleep. */
  readonly sleeps: number;
  readonly residentMb: number;
  /** Memory that no other process shares. */
  readonly privateMb: number;
}

export function processFigures(pid: number): ProcessFigures {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (field: string): number => fieldOf(memory, field) / 1024;
  return {
    cpuMs: cpuMsOf(pid),
    sleeps: fieldOf(readFileSync(`/proc/${pid}/status`, 'utf8'), 'voluntary_ctxt_switches'),
    residentMb: mb('Rss'),
    privateMb: mb('Private_Clean') + mb('Private_Dirty'),
  };
}

/** CPU time of all threads of a process, in milliseconds; `NaN` where the system does not tell. */
export function cpuMsOf(pid: number): number {
  try {
    const times = readdirSync(`/proc/${pid}/task`).map(
      (thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0],
    );
    return times.reduce((sum, ns) => sum + Number(ns), 0) / 1e6;
  } catch {
    return Number.NaN; // no /proc: macOS
  }
}

/**
 * Whether this system tells what other processes use; if not, the benchmark says so and has no
 * rows.
 */
export function canWatchProcesses(bench: Pick<Bench, 'skip'>): boolean {
  const can = existsSync('/proc/self/schedstat');
  if (!can)
    bench.skip('CPU and memory of other processes are read from /proc, which this system lacks');
  return can;
}

/** What a process used while it was watched, and how it stood at the end. */
export interface Used {
  readonly cpuMs: number;
  readonly sleeps: number;
  readonly seconds: number;
  readonly after: ProcessFigures;
}

/** What each process uses while `during` runs, in the order of `pids`. */
export async function watchProcesses(
  pids: readonly number[],
  during: () => Promise<unknown>,
): Promise<readonly Used[]> {
  const began = performance.now();
  const before = pids.map(processFigures);
  await during();
  const seconds = (performance.now() - began) / 1000;
  return pids.map((pid, index) => {
    const [then, after] = [before[index], processFigures(pid)];
    return {
      cpuMs: after.cpuMs - (then?.cpuMs ?? Number.NaN),
      sleeps: after.sleeps - (then?.sleeps ?? Number.NaN),
      seconds,
      after,
    };
  });
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}
