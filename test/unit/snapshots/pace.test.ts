import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createPace, pauseAfter, readCpuMs } from '../../../lib/snapshots/pace.ts';

it('pauses five times as long as a portion worked, at most 10 s', () => {
  expect(pauseAfter(400, 400)).toBe(2_000);
  expect(pauseAfter(400, undefined)).toBe(2_000);
  expect(pauseAfter(5_000, 5_000)).toBe(10_000);
});

it('counts the time for which a portion waited as pause', () => {
  expect(pauseAfter(1_000, 400)).toBe(1_400);
  expect(pauseAfter(2_400, 400)).toBe(0);
});

it('goes by the processor time and the time since the last pause', async () => {
  let [now, cpu] = [1_000, 100];
  const pauses: number[] = [];
  const pace = createPace({
    clock: () => now,
    cpuMs: () => cpu,
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  });
  [now, cpu] = [now + 400, cpu + 400];
  await pace();
  [now, cpu] = [now + 1_000, cpu + 100];
  await pace();
  expect(pauses).toEqual([2_000, 0]);
});

it.skipIf(!existsSync('/proc/self/stat'))('reads what ended children took', () => {
  const before = readCpuMs() ?? Number.NaN;
  execFileSync('sh', ['-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done']);
  expect((readCpuMs() ?? 0) - before).toBeGreaterThan(0);
});
