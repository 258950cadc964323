import { setTimeout as sleep } from 'node:timers/promises';

/** What this process is (`produce` or `consume`) and its order. */
export function readRole() {
  const [, , role, order] = process.argv;
  return { role, ...JSON.parse(order) };
}

/** Milliseconds of the machine's monotonic clock. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Prints one answer. */
export function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/**
 * Calls `put` for each of `count` numbers, one after the other or each `everyMs`, and prints when
 * it began and ended.
 */
export async function produce(count, put, everyMs = 0) {
  const startedAt = now();
  for (let n = 0; n < count; n += 1) {
    await put(n);
    if (everyMs > 0) await sleep(Math.max(0, startedAt + (n + 1) * everyMs - now()));
  }
  say({ startedAt, enqueuedAt: now() });
}

/** A handler that only counts, and prints when it has seen `count`. */
export function counter(count) {
  let seen = 0;
  return () => {
    seen += 1;
    if (seen === count) say({ doneAt: now() });
  };
}
