/** Milliseconds of the machine's monotonic clock, which is one for all its processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Blocks this thread: where a turn of the event loop would blur what is measured. */
export function blockMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
