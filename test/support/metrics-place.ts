import { mkdirSync } from 'node:fs';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import type { MetricsPlace } from '../../lib/metrics/metric-topic.ts';
import { readFigureSettings } from '../../lib/query/figures.ts';
import { type Heartbeat, writeHeartbeat } from '../../lib/queue/wakeup/heartbeat.ts';

/** What metrics are read from in a test: no environment, and no waiting. */
export function metricsPlace(folder: StateFolder, clock: () => number): MetricsPlace {
  return {
    ...{ folder, clock, sleep: async () => undefined },
    settings: () => readFigureSettings({ environment: {}, userFile: folder.configFile }),
  };
}

/** Writes the heartbeat of a worker without a pipe, so that no process has to run for it. */
export function writeTestHeartbeat(
  folder: Pick<StateFolder, 'heartbeat'>,
  now: number,
  own: Partial<Heartbeat> = {},
): void {
  const at = new Date(now).toISOString();
  mkdirSync(folder.heartbeat, { recursive: true });
  writeHeartbeat(folder.heartbeat, {
    ...{ timestamp: at, freshUntil: new Date(now + 90_000).toISOString(), id: 'w1', pid: 1 },
    ...{ version: '1', leader: true, mode: 'polling', startedAt: at, iteration: 1 },
    ...{ processed: 1, failed: 0, dead: 0, lastEventAt: at, idleSeconds: 0, queueSize: 0 },
    ...{ processingCount: 0, watcher: { alive: false, restarts: 0 }, rings: 0, watchEvents: 0 },
    ...{ missedWakeUps: 0, latencyMs: null, throughput: 0, memoryMb: 60, tasks: [] },
    ...own,
  });
}
