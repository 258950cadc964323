/** How long a statement waits for another program's lock before it is reported; the worker then backs off without blocking. */
export const BUSY_TIMEOUT_MS = 250;
