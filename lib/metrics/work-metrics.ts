import type { Cost } from '../query/cost.ts';
import { readCostToday } from '../query/figures.ts';
import { readCounts } from '../query/status-summary.ts';
import { type HandlerStats, readHandlerStats } from '../query/handler-stats.ts';
import { readFromStore } from '../query/store-view.ts';
import type { MetricSample } from './metric-table.ts';
import { KEEP_DEAR_MS, type MetricTopic } from './metric-topic.ts';

/** What was done since midnight, by the local clock. */
export const todayMetrics: MetricTopic = {
  name: 'today',
  keepMs: KEEP_DEAR_MS,
  read: async ({ view, now }) => {
    const counts = await readCounts(view, now);
    if (counts === undefined) return [];
    const { sessions, calls, failures, warned, heeded } = counts;
    return [
      { metric: 'waymark_today_sessions', value: sessions },
      { metric: 'waymark_today_calls', value: calls },
      { metric: 'waymark_today_failures', value: failures },
      { metric: 'waymark_today_warnings', labels: { outcome: 'heeded' }, value: heeded },
      { metric: 'waymark_today_warnings', labels: { outcome: 'other' }, value: warned - heeded },
    ];
  },
};

/** What the answers since midnight cost. */
export const costMetrics: MetricTopic = {
  name: 'cost',
  keepMs: KEEP_DEAR_MS,
  read: async ({ view, now, settings }) => {
    const cost = await readFromStore(view, undefined, (database) =>
      readCostToday(database, now, settings.prices),
    );
    return [
      { metric: 'waymark_today_cost_dollars', value: cost?.dollars ?? 0 },
      ...TOKENS.map(([kind, field]): MetricSample => {
        return { metric: 'waymark_today_tokens', labels: { kind }, value: cost?.[field] ?? 0 };
      }),
    ];
  },
};

const TOKENS: ReadonlyArray<
  readonly [
    string,
    keyof Pick<Cost, 'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h'>,
  ]
> = [
  ['input', 'input'],
  ['output', 'output'],
  ['cache_read', 'cacheRead'],
  ['cache_write_5m', 'cacheWrite5m'],
  ['cache_write_1h', 'cacheWrite1h'],
];

/** Deliveries to each handler and webhook. */
export const handlerMetrics: MetricTopic = {
  name: 'handler',
  keepMs: KEEP_DEAR_MS,
  read: async ({ view }) => {
    const stats = await readFromStore<readonly HandlerStats[]>(view, [], readHandlerStats);
    return stats.flatMap(handlerSamples);
  },
};

function handlerSamples(stats: HandlerStats): readonly MetricSample[] {
  const { handler, p50Ms, p95Ms } = stats;
  const durations = [
    ['p50', p50Ms],
    ['p95', p95Ms],
  ] as const;
  return [
    ...(['done', 'due', 'running', 'dead'] as const).map((state): MetricSample => {
      const labels = { handler, state };
      return { metric: 'waymark_handler_deliveries', labels, value: stats[state] };
    }),
    ...durations.flatMap(([percentile, ms]): readonly MetricSample[] => {
      const labels = { handler, percentile };
      if (ms === null) return [];
      return [{ metric: 'waymark_handler_duration_seconds', labels, value: ms / 1000 }];
    }),
  ];
}
