/** Milliseconds since the epoch. Passed in wherever time matters, so that tests own it. */
export type Clock = () => number;

/** The machine's clock. */
export const systemClock: Clock = () => Date.now();

/** `2026-11-22T04:48:32.123Z` for a time in milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
