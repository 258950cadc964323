import { setTimeout as delay } from 'node:timers/promises';

/**
 * What `look` returns once `accept` takes it without throwing; looks again until then.
 * @throws what `accept` threw last, when `withinMs` are over.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  accept: (seen: T) => void,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      const seen = await look();
      accept(seen);
      return seen;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(250);
  }
}
