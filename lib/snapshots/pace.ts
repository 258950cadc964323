import { readFileSync } from 'node:fs';

/**
 * Part of a core that portions of files take, with the pauses after them. What comes before and
 * after them is in one piece, so that the whole takes a quarter.
 */
const SHARE = 1 / 6;

/** Longest pause between two portions of files. */
const MAX_PAUSE_MS = 10_000;

/**
 * How long to pause after work, so that a snapshot takes at most a quarter of a core. On a busy
 * machine work mostly waits, and that is pause enough.
 * @param cpuMs Processor time of the work; `undefined` if the system does not tell.
 */
export function pauseAfter(tookMs: number, cpuMs: number | undefined): number {
  const pause = (cpuMs ?? tookMs) / SHARE - tookMs;
  return Math.min(MAX_PAUSE_MS, Math.max(0, pause));
}

/**
 * Milliseconds of processor time of this process and of those that it started and that have ended;
 * `undefined` where there is no `/proc`.
 */
export function readCpuMs(): number | undefined {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}

/** Linux tells processor times to programs in hundredths of a second. */
const TICK_MS = 10;

export interface PaceParts {
  readonly clock: () => number;
  readonly cpuMs: () => number | undefined;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Pauses after all work since it was made, or since the last pause. */
export function createPace({ clock, cpuMs, sleep }: PaceParts): () => Promise<void> {
  let [before, since] = [cpuMs(), clock()];
  return async () => {
    const now = cpuMs();
    const spent = now === undefined || before === undefined ? undefined : now - before;
    await sleep(pauseAfter(Math.max(0, clock() - since), spent));
    [before, since] = [cpuMs(), clock()];
  };
}
