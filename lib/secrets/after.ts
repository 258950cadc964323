/** Runs `action` once after `ms`, unless the returned function is called before. */
export type After = (ms: number, action: () => void) => () => void;

/** Timers that do not keep a process alive. */
export const unrefAfter: After = (ms, action) => {
  const timer = setTimeout(action, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
