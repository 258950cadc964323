import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../core/json.ts';
import { productVersion } from '../core/package-folder.ts';
import { scoreWorkers } from '../query/health/health.ts';
import { readQueueState, type SeenWorker } from '../query/workers.ts';
import type { MetricName, MetricSample } from './metric-table.ts';
import type { MetricTopic } from './metric-topic.ts';

/** Workers, from their heartbeats. Those of one role are added up, or the worst of them counts. */
export const workerMetrics: MetricTopic = {
  name: 'worker',
  keepMs: 0,
  read: async ({ folder, now }) => {
    const state = readQueueState(folder, now);
    const scores = new Map(
      scoreWorkers(state, now, productVersion()).map(({ id, score }) => [id, score]),
    );
    const alive = state.workers.filter((worker) => worker.state !== 'dead');
    return [
      ...STATES.map((one) => count('waymark_workers', state.workers, { state: one }, 'state')),
      ...MODES.map((mode) => count('waymark_workers_by_mode', alive, { mode }, 'mode')),
      ...ofRole(
        'leader',
        alive.filter(({ leader }) => leader),
        scores,
        now,
      ),
      ...ofRole(
        'joined',
        alive.filter(({ leader }) => !leader),
        scores,
        now,
      ),
      ...taskSamples(alive.find(({ leader }) => leader)?.heartbeat ?? {}),
    ];
  },
};

const STATES = ['working', 'idle', 'stuck', 'dead'] as const;
const MODES = ['event-loop', 'watching', 'polling'] as const;

function count(
  metric: MetricName,
  workers: readonly SeenWorker[],
  labels: Readonly<Record<string, string>>,
  key: 'state' | 'mode',
): MetricSample {
  const value = workers.filter((worker) => worker[key] === labels[key]).length;
  return { metric, labels, value };
}

/** Nothing where no worker of this role has a heartbeat. */
function ofRole(
  role: 'leader' | 'joined',
  workers: readonly SeenWorker[],
  scores: ReadonlyMap<string, number>,
  now: number,
): readonly MetricSample[] {
  const beats = workers.flatMap(({ heartbeat }): readonly JsonObject[] =>
    heartbeat === null ? [] : [heartbeat],
  );
  if (beats.length === 0) return [];
  const sum = (read: (beat: JsonObject) => number | undefined): number =>
    beats.reduce((total, beat) => total + (read(beat) ?? 0), 0);
  const sample = (
    metric: MetricName,
    value: number,
    labels: Readonly<Record<string, string>> = {},
  ): MetricSample => ({ metric, labels: { role, ...labels }, value });
  const lastEntries = beats.flatMap((beat) => timeOf(beat, 'lastEventAt') ?? []);
  const isAlive = beats.every((beat) => objectField(beat, 'watcher')['alive'] === true);
  const busySince = beats.map(
    (beat) => timeOf(beat, 'lastEventAt') ?? timeOf(beat, 'startedAt') ?? now,
  );
  return [
    sample(
      'waymark_worker_health_score',
      Math.min(...workers.map(({ id }) => scores.get(id) ?? 100)),
    ),
    ...earliest(beats, 'startedAt').map((at) =>
      sample('waymark_worker_start_timestamp_seconds', at),
    ),
    ...earliest(beats, 'timestamp').map((at) =>
      sample('waymark_worker_heartbeat_timestamp_seconds', at),
    ),
    ...(lastEntries.length === 0
      ? []
      : [sample('waymark_worker_last_entry_timestamp_seconds', Math.max(...lastEntries) / 1000)]),
    sample('waymark_worker_idle_seconds', Math.max(0, now - Math.max(...busySince)) / 1000),
    sample('waymark_worker_watcher_alive', isAlive ? 1 : 0),
    sample(
      'waymark_worker_watcher_restarts_total',
      sum((beat) => numberField(objectField(beat, 'watcher'), 'restarts')),
    ),
    ...RESULTS.map(([result, field]) =>
      sample(
        'waymark_worker_entries_total',
        sum((beat) => numberField(beat, field)),
        { result },
      ),
    ),
    ...CAUSES.map(([cause, field]) =>
      sample(
        'waymark_worker_wake_ups_total',
        sum((beat) => numberField(beat, field)),
        { cause },
      ),
    ),
    ...latencySamples(beats, sample),
    sample(
      'waymark_worker_resident_memory_bytes',
      sum((beat) => numberField(beat, 'memoryMb')) * 1024 * 1024,
    ),
  ];
}

const RESULTS = [
  ['processed', 'processed'],
  ['failed', 'failed'],
  ['dead', 'dead'],
] as const;

const CAUSES = [
  ['ring', 'rings'],
  ['watcher', 'watchEvents'],
  ['missed', 'missedWakeUps'],
] as const;

const PERCENTILES = ['p50', 'p95', 'p99'] as const;

/** The slowest worker counts; nothing before the first entry. */
function latencySamples(
  beats: readonly JsonObject[],
  sample: (metric: MetricName, value: number, labels: Record<string, string>) => MetricSample,
): readonly MetricSample[] {
  const latencies = beats.map((beat) => beat['latencyMs']).filter(isJsonObject);
  if (latencies.length === 0) return [];
  return PERCENTILES.map((percentile) => {
    const slowest = Math.max(...latencies.map((one) => numberField(one, percentile) ?? 0));
    return sample('waymark_worker_latency_seconds', slowest / 1000, { percentile });
  });
}

function taskSamples(beat: JsonObject): readonly MetricSample[] {
  const tasks = Array.isArray(beat['tasks']) ? beat['tasks'].filter(isJsonObject) : [];
  return tasks.flatMap((task): readonly MetricSample[] => {
    const name = stringField(task, 'name');
    const at = timeOf(task, 'lastRun');
    if (name === undefined || at === undefined) return [];
    const metric = 'waymark_worker_task_last_run_timestamp_seconds';
    return [{ metric, labels: { task: name }, value: at / 1000 }];
  });
}

/** In seconds since the epoch; empty where none has that time. */
function earliest(beats: readonly JsonObject[], field: string): readonly number[] {
  const times = beats.flatMap((beat) => timeOf(beat, field) ?? []);
  return times.length === 0 ? [] : [Math.min(...times) / 1000];
}

/** Milliseconds since the epoch. */
function timeOf(beat: JsonObject, field: string): number | undefined {
  const time = Date.parse(stringField(beat, field) ?? '');
  return Number.isNaN(time) ? undefined : time;
}
