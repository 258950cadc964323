import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/**
 * Resolves as soon as `condition` holds. @throws when it does not within `patienceMs`, naming
 * `what`.
 */
export async function eventually(
  what: string,
  condition: () => boolean,
  patienceMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${patienceMs} ms: ${what}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
