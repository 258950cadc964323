import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogTail } from './log-tail.ts';

/** Poll interval for changes that no watcher reports, as on network folders. */
const POLL_INTERVAL_MS = 1_000;

/** Lines that arrive within this time are read together. */
const SETTLE_MS = 20;

/** Passes on each new line until `signal` aborts. */
export async function followLog(
  tail: LogTail,
  folder: string,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let wake: () => void = () => undefined;
  const watcher = watchOr(folder, () => wake());
  try {
    while (signal?.aborted !== true) {
      const news = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const line of tail.readNew()) onLine(line);
      const pause = new AbortController();
      await Promise.race([
        news,
        sleep(POLL_INTERVAL_MS, undefined, { signal: pause.signal }).catch(() => undefined),
      ]);
      pause.abort();
      await sleep(SETTLE_MS);
    }
  } finally {
    watcher?.close();
    tail.close();
  }
}

function watchOr(folder: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(folder, onChange);
    watcher.on('error', () => undefined); // Polling goes on.
    return watcher;
  } catch {
    return undefined;
  }
}
