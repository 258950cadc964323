import { readdirSync, readFileSync } from 'node:fs';

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

/** What a process used between two looks. */
export function usedBetween(
  before: ProcessFigures,
  after: ProcessFigures,
): { readonly cpuMs: number; readonly sleeps: number } {
  return { cpuMs: after.cpuMs - before.cpuMs, sleeps: after.sleeps - before.sleeps };
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}
