import { describe, expect, it } from 'vitest';
import { Latencies } from '../../../lib/worker/worker-stats.ts';

describe('Latencies', () => {
  it('has no summary before the first value', () => {
    expect(new Latencies().summary()).toBeUndefined();
  });

  it('gives the percentiles of what it saw, in any order', () => {
    const latencies = new Latencies();
    for (let ms = 100; ms >= 1; ms -= 1) latencies.add(ms);
    expect(latencies.summary()).toEqual({ p50: 51, p95: 96, p99: 100 });
  });

  it('forgets what is older than its last 1,024 values', () => {
    const latencies = new Latencies();
    for (let n = 0; n < 1_024; n += 1) latencies.add(9_999);
    for (let n = 0; n < 1_024; n += 1) latencies.add(1);
    expect(latencies.summary()).toEqual({ p50: 1, p95: 1, p99: 1 });
  });

  it('counts an event from the future as current', () => {
    const latencies = new Latencies();
    latencies.add(-5_000);
    expect(latencies.summary()).toEqual({ p50: 0, p95: 0, p99: 0 });
  });
});
