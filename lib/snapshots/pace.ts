import { readFileSync } from 'node:fs';

/** Part of a core that a snapshot in the background takes on average. */
const SHARE = 1 / 4;

/** Longest pause between two portions of files. */
const MAX_PAUSE_MS = 3_000;

/**
 * How long to pause after a portion of files, so that a snapshot takes at most a quarter of a core.
 * On a busy machine a portion mostly waits, and that is pause enough.
 * @param cpuMs Processor time that the portion took; `undefined` if the system does not tell.
 */
export function pauseAfter(tookMs: number, cpuMs: number | undefined): number {
  const busy = Math.min(tookMs, cpuMs ?? tookMs);
  return Math.min(MAX_PAUSE_MS, Math.max(0, busy / SHARE - tookMs));
}

/**
 * Milliseconds of processor time of all processes that this one started and that have ended;
 * `undefined` where there is no `/proc`.
 */
export function readChildCpuMs(): number | undefined {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const [user, system] = [Number(fields[13]), Number(fields[14])];
    return Number.isFinite(user + system) ? (user + system) * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}

/** Linux tells processor times to programs in hundredths of a second. */
const TICK_MS = 10;

/** A pause after each portion, by the processor time since the one before. */
export function createPace(
  readCpuMs: () => number | undefined,
  sleep: (ms: number) => Promise<void>,
): (tookMs: number) => Promise<void> {
  let before = readCpuMs();
  return async (tookMs) => {
    const now = readCpuMs();
    const cpuMs = now === undefined || before === undefined ? undefined : now - before;
    before = now;
    await sleep(pauseAfter(tookMs, cpuMs));
  };
}
