import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../lib/metrics/metric-table.ts';
import type { MetricTopic } from '../../../lib/metrics/metric-topic.ts';
import { formatMetrics, createMetricsReader } from '../../../lib/metrics/read-metrics.ts';
import { metricsPlace, writeTestHeartbeat } from '../../support/metrics-place.ts';
import { testHome } from '../../support/test-home.ts';
import { preparedStore, START } from '../cli/prepared-store.ts';

const NOW = START + 60_000;

/** Series of a text, `name{labels}` to value. */
function seriesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

async function read(folder = preparedStore(), now = NOW): Promise<ReadonlyMap<string, number>> {
  return seriesOf((await createMetricsReader(metricsPlace(folder, () => now))()).text);
}

describe('createMetricsReader', () => {
  it('describes every metric, also where there is nothing', async () => {
    const { folder } = testHome();
    const { text, contentType } = await createMetricsReader(metricsPlace(folder, () => NOW))();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      expect(text).toContain(`# HELP ${name} ${help}\n`);
      expect(text).toContain(`# TYPE ${name} ${type}\n`);
    }
    expect(seriesOf(text).get('waymark_store_up')).toBe(1);
    expect([...seriesOf(text).keys()].filter((name) => name.startsWith('waymark_worker_'))).toEqual(
      [],
    );
  });

  it('has the figures of the store', async () => {
    const series = await read();
    const of = (name: string): number | undefined => series.get(name);
    expect(of('waymark_sessions{state="waiting-for-you"}')).toBe(1);
    expect(of('waymark_sessions{state="working"}')).toBe(0);
    expect(of('waymark_sessions_recorded')).toBe(2);
    expect(of('waymark_today_calls')).toBe(2);
    expect(of('waymark_today_failures')).toBe(1);
    expect(of('waymark_events_stored_total')).toBe(7);
    expect(of('waymark_last_checkpoint_timestamp_seconds')).toBe(START / 1000 + 30);
    expect(of('waymark_disk_bytes{kind="store"}')).toBeGreaterThan(1_000);
    expect(of('waymark_metrics_topic_up{topic="session"}')).toBe(1);
  });

  it('has no id of a session or a worker, and no path, in any label', async () => {
    const folder = preparedStore();
    writeTestHeartbeat(folder, NOW, { id: 'wabcdef' });
    for (const name of (await read(folder)).keys()) {
      expect(name).not.toMatch(/aaaa1111|aaaa2222|wabcdef|\/work|\/tmp|\/dev/);
    }
  });

  it('tells workers apart by their role alone, and adds up those that joined', async () => {
    const folder = preparedStore();
    writeTestHeartbeat(folder, NOW, { processed: 5, watcher: { alive: true, restarts: 1 } });
    const joined = { leader: false, processed: 10, startedAt: new Date(START).toISOString() };
    writeTestHeartbeat(folder, NOW - 10_000, { ...joined, id: 'w2' });
    writeTestHeartbeat(folder, NOW - 20_000, { ...joined, id: 'w3', latencyMs: LATENCY });
    const series = await read(folder);
    const of = (name: string): number | undefined => series.get(name);
    expect(of('waymark_workers_by_mode{mode="polling"}')).toBe(3);
    expect(of('waymark_worker_entries_total{role="leader",result="processed"}')).toBe(5);
    expect(of('waymark_worker_entries_total{role="joined",result="processed"}')).toBe(20);
    expect(of('waymark_worker_watcher_alive{role="leader"}')).toBe(1);
    expect(of('waymark_worker_watcher_alive{role="joined"}')).toBe(0);
    expect(of('waymark_worker_watcher_restarts_total{role="leader"}')).toBe(1);
    expect(of('waymark_worker_idle_seconds{role="joined"}')).toBe(10);
    expect(of('waymark_worker_latency_seconds{role="joined",percentile="p95"}')).toBe(0.04);
    expect(of('waymark_worker_latency_seconds{role="leader",percentile="p95"}')).toBeUndefined();
    expect(of('waymark_worker_start_timestamp_seconds{role="joined"}')).toBe(START / 1000);
  });

  it('counts what waits and the age of the oldest', async () => {
    const home = testHome();
    home.enqueue({ ring: false });
    const series = await read(home.folder, Date.now() + 5_000);
    expect(series.get('waymark_queue_entries{state="pending"}')).toBe(1);
    const age = series.get('waymark_queue_oldest_entry_age_seconds');
    expect(age).toBeGreaterThanOrEqual(5);
  });

  it('answers without the store while it is broken, and says so', async () => {
    const home = testHome();
    writeFileSync(
      home.folder.store,
      'no database at all, but long enough to look like one. '.repeat(99),
    );
    const series = await read(home.folder);
    expect(series.get('waymark_store_up')).toBe(0);
    expect(series.get('waymark_queue_entries{state="pending"}')).toBe(0);
    expect(series.has('waymark_events_stored_total')).toBe(false);
  });

  it('leaves out a topic that cannot be read, and names it', async () => {
    const broken: MetricTopic = {
      ...{ name: 'broken', keepMs: 0 },
      read: async () => {
        throw new Error('no');
      },
    };
    const fine: MetricTopic = {
      ...{ name: 'fine', keepMs: 0 },
      read: async () => [{ metric: 'waymark_store_up', value: 1 }],
    };
    const { folder } = testHome();
    const place = metricsPlace(folder, () => NOW);
    const series = seriesOf((await createMetricsReader(place, [broken, fine])()).text);
    expect(series.get('waymark_metrics_topic_up{topic="broken"}')).toBe(0);
    expect(series.get('waymark_metrics_topic_up{topic="fine"}')).toBe(1);
    expect(series.get('waymark_store_up')).toBe(1);
  });

  it('reads what is dear once a minute, also when the clock is set back', async () => {
    let now = NOW;
    let reads = 0;
    const dear: MetricTopic = {
      ...{ name: 'dear', keepMs: 60_000 },
      read: async () => {
        reads += 1;
        return [{ metric: 'waymark_disk_budget_bytes', value: reads }];
      },
    };
    const { folder } = testHome();
    const ask = createMetricsReader(
      metricsPlace(folder, () => now),
      [dear],
    );
    const values: Array<number | undefined> = [];
    for (const at of [0, 59_999, 60_000, -1]) {
      now = NOW + at;
      values.push(seriesOf((await ask()).text).get('waymark_disk_budget_bytes'));
    }
    expect(values).toEqual([1, 1, 2, 3]);
  });

  it('answers scrapes at the same time with one reading', async () => {
    let reads = 0;
    const counted: MetricTopic = {
      ...{ name: 'counted', keepMs: 0 },
      read: async () => {
        reads += 1;
        return [];
      },
    };
    const { folder } = testHome();
    const ask = createMetricsReader(
      metricsPlace(folder, () => NOW),
      [counted],
    );
    await Promise.all([ask(), ask(), ask()]);
    expect(reads).toBe(1);
    await ask();
    expect(reads).toBe(2);
  });

  it('takes up a changed setting', async () => {
    const folder = preparedStore();
    const before = await read(folder);
    mkdirSync(folder.root, { recursive: true });
    writeFileSync(folder.configFile, JSON.stringify({ diskBudget: 20_000_000 }));
    const after = await read(folder);
    expect(before.get('waymark_disk_budget_bytes')).toBe(5_368_709_120);
    expect(after.get('waymark_disk_budget_bytes')).toBe(20_000_000);
  });
});

describe('formatMetrics', () => {
  it('has at most 64 series of one metric, and no value that is no number', async () => {
    const samples = Array.from({ length: 200 }, (_none, index) => ({
      ...({ metric: 'waymark_disk_bytes', labels: { kind: `k${index}` }, value: index } as const),
    }));
    const nothing = { metric: 'waymark_disk_free_bytes', value: Number.NaN } as const;
    const series = seriesOf((await formatMetrics([...samples, nothing])).text);
    expect(series.size).toBe(64);
  });

  it('keeps a label value on one line, whatever is in it', async () => {
    const kind = 'a"b\\c\nwaymark_store_up 0\n';
    const { text } = await formatMetrics([
      { metric: 'waymark_disk_bytes', labels: { kind }, value: 1 },
    ]);
    expect(text).toContain('waymark_disk_bytes{kind="a\\"b\\\\c\\nwaymark_store_up 0\\n"} 1\n');
  });

  it('counts nothing below 0', async () => {
    const sample = { metric: 'waymark_events_stored_total', value: -5 } as const;
    expect(seriesOf((await formatMetrics([sample])).text).get(sample.metric)).toBe(0);
  });
});

const LATENCY = { p50: 10, p95: 40, p99: 90 };
