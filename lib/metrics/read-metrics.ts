import { setImmediate as turn } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import { productVersion } from '../core/package-folder.ts';
import { viewStore } from '../query/store-view.ts';
import { METRICS, type MetricDescription, type MetricSample } from './metric-table.ts';
import type { MetricsLook, MetricsPlace, MetricTopic } from './metric-topic.ts';
import { ledgerMetrics, queueMetrics } from './queue-metrics.ts';
import { limitMetrics, sessionMetrics } from './session-metrics.ts';
import { diskMetrics, storeMetrics } from './store-metrics.ts';
import { costMetrics, handlerMetrics, todayMetrics } from './work-metrics.ts';
import { workerMetrics } from './worker-metrics.ts';

const TOPICS: readonly MetricTopic[] = [
  ...[workerMetrics, queueMetrics, ledgerMetrics, storeMetrics, diskMetrics],
  ...[sessionMetrics, limitMetrics, todayMetrics, costMetrics, handlerMetrics],
];

/** What a scrape answers. */
export interface MetricsText {
  /** In the text format of Prometheus. */
  readonly text: string;
  readonly contentType: string;
}

/** Most series of one metric: the rest is left out, so that no store can flood a Prometheus. */
const MAX_SERIES = 64;

/**
 * Returns a function that reads all metrics of a state folder. Calls during a reading share its
 * answer; what costs a scan is read once a minute. A topic that cannot be read is left out and
 * named by `waymark_metrics_topic_up`: the others still answer, also without a store.
 */
export function createMetricsReader(
  place: MetricsPlace,
  topics: readonly MetricTopic[] = TOPICS,
): () => Promise<MetricsText> {
  const kept = new Map<string, KeptSamples>();
  let running: Promise<MetricsText> | undefined;
  return () => {
    running ??= readAll(place, topics, kept).finally(() => {
      running = undefined;
    });
    return running;
  };
}

interface KeptSamples {
  readonly at: number;
  readonly samples: readonly MetricSample[];
}

async function readAll(
  place: MetricsPlace,
  topics: readonly MetricTopic[],
  kept: Map<string, KeptSamples>,
): Promise<MetricsText> {
  const { settings, ...rest } = place;
  const view = await viewStore(place.folder);
  try {
    const look = { ...rest, view, now: place.clock(), settings: settings() };
    const samples: MetricSample[] = [
      { metric: 'waymark_build_info', labels: { version: productVersion() }, value: 1 },
    ];
    for (const topic of topics) {
      await turn(); // a worker takes what came meanwhile
      const found = await readTopic(topic, look, kept);
      const isUp = found === undefined ? 0 : 1;
      samples.push(...(found ?? []));
      samples.push({
        ...{ metric: 'waymark_metrics_topic_up', labels: { topic: topic.name }, value: isUp },
      });
    }
    return await formatMetrics(samples);
  } finally {
    view.database?.close();
  }
}

/** `undefined` when the topic cannot be read. */
async function readTopic(
  topic: MetricTopic,
  look: MetricsLook,
  kept: Map<string, KeptSamples>,
): Promise<readonly MetricSample[] | undefined> {
  const known = kept.get(topic.name);
  if (known !== undefined && Math.abs(look.now - known.at) < topic.keepMs) return known.samples;
  try {
    const samples = await topic.read(look);
    if (topic.keepMs > 0) kept.set(topic.name, { at: look.now, samples });
    return samples;
  } catch {
    return undefined; // the fault shows in `waymark status` and `waymark doctor`
  }
}

/** The text of these samples, with every metric of the table described. */
export async function formatMetrics(samples: readonly MetricSample[]): Promise<MetricsText> {
  const registry = new Registry();
  const table: Readonly<Record<string, MetricDescription>> = METRICS;
  for (const [name, description] of Object.entries(table)) {
    const own = samples.filter(({ metric, value }) => metric === name && Number.isFinite(value));
    addMetric(registry, name, description, own.slice(0, MAX_SERIES));
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function addMetric(
  registry: Registry,
  name: string,
  { type, help, labels = [] }: MetricDescription,
  samples: readonly MetricSample[],
): void {
  const configuration = { name, help, labelNames: [...labels], registers: [registry] };
  if (type === 'counter') {
    const counter = new Counter(configuration);
    if (samples.length === 0) counter.remove({});
    for (const sample of samples) counter.inc(sample.labels ?? {}, Math.max(0, sample.value));
    return;
  }
  const gauge = new Gauge(configuration);
  if (samples.length === 0) gauge.remove({}); // unknown is not 0
  for (const sample of samples) gauge.set(sample.labels ?? {}, sample.value);
}
