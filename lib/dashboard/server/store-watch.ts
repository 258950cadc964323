/** Tells listeners that something may have changed. */
export interface StoreWatch {
  /** Calls `onChange` after each change, until the returned function is called. */
  readonly listen: (onChange: () => void) => () => void;
}

export interface StoreWatchParts {
  /** A text that is another one when something has changed. */
  readonly readMark: () => string;
  /** Calls back once after a time. @returns a function that cancels it. */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly everyMs?: number;
}

/** Short enough for "right within 2 seconds", long enough to cost nothing. */
const EVERY_MS = 250;

/**
 * One watcher for all tabs. It polls only while a tab listens: a few calls of `stat` every quarter
 * of a second.
 */
export function watchStore({ readMark, after, everyMs = EVERY_MS }: StoreWatchParts): StoreWatch {
  const listeners = new Set<() => void>();
  let mark = '';
  let cancel: (() => void) | undefined;
  const look = (): void => {
    const seen = readMark();
    if (seen !== mark) {
      mark = seen;
      for (const tell of [...listeners]) tell();
    }
    cancel = after(everyMs, look);
  };
  return {
    listen(onChange) {
      const tell = (): void => onChange(); // one that listens twice is two listeners
      listeners.add(tell);
      if (cancel === undefined) {
        mark = readMark();
        cancel = after(everyMs, look);
      }
      return () => {
        listeners.delete(tell);
        if (listeners.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
  };
}

/** A timer that does not keep the process alive. */
export function afterTimer(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
