/** The exit status of a cancelled command. */
export const CANCELLED = 130;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Signals have their usual effect again. */
  forget(): void;
}

/**
 * Aborts at the first Ctrl+C or the like, so that what was started can be ended in good order; the
 * second one ends us at once.
 */
export function onInterrupt(): Interrupt {
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
    forget();
  };
  const forget = (): void => {
    for (const name of SIGNALS) process.off(name, abort);
  };
  for (const name of SIGNALS) process.on(name, abort);
  return { signal: stop.signal, forget };
}
