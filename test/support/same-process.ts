import { afterAll, beforeAll, expect, vi } from 'vitest';

/**
 * The files of a worker share its process. One that leaves it changed would make others pass or
 * fail by their order: it fails itself, and the process is as it was.
 */
let before = processState();

beforeAll(() => {
  before = processState();
});

/** Property tests leave a multiple of this as garbage. */
const MUCH_BYTES = 80e6;

afterAll(() => {
  // small-forks.ts replaces a large process, and cannot tell garbage from what is in use
  if (process.memoryUsage().heapUsed > MUCH_BYTES) globalThis.gc?.();
  vi.unstubAllEnvs(); // what the last test stubbed
  const after = processState();
  process.umask(before.umask);
  process.chdir(before.folder);
  for (const name of Object.keys(after.environment))
    if (!(name in before.environment)) delete process.env[name];
  Object.assign(process.env, before.environment);
  expect(after, 'what this file leaves to the next').toEqual(before);
});

function processState() {
  const umask = process.umask(0o022);
  process.umask(umask);
  return { umask, folder: process.cwd(), environment: { ...process.env } };
}
