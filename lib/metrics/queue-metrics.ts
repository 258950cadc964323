import { DAY_MS } from '../core/clock.ts';
import { readOutbox } from '../query/figures.ts';
import { readHookErrors } from '../query/hook-errors.ts';
import { readRecentLedger } from '../query/ledger.ts';
import { readQueueState } from '../query/workers.ts';
import type { MetricSample } from './metric-table.ts';
import { KEEP_DEAR_MS, type MetricTopic } from './metric-topic.ts';

/** The queue, the outbox and what was given up. */
export const queueMetrics: MetricTopic = {
  name: 'queue',
  keepMs: 0,
  read: async ({ folder, view, now }) => {
    const { depth } = readQueueState(folder, now);
    const outbox = await readOutbox(view);
    const age = depth.oldestAt === undefined ? 0 : Math.max(0, now - depth.oldestAt) / 1000;
    return [
      ...QUEUE_STATES.map((state): MetricSample => {
        return { metric: 'waymark_queue_entries', labels: { state }, value: depth[state] };
      }),
      { metric: 'waymark_queue_oldest_entry_age_seconds', value: age },
      ...OUTBOX_STATES.map((state): MetricSample => {
        return { metric: 'waymark_outbox_deliveries', labels: { state }, value: outbox[state] };
      }),
      { metric: 'waymark_dead_letters', labels: { kind: 'entry' }, value: depth.dead },
      { metric: 'waymark_dead_letters', labels: { kind: 'delivery' }, value: outbox.dead },
      {
        metric: 'waymark_hook_errors_last_day',
        value: readHookErrors(folder, now - DAY_MS).count,
      },
    ];
  },
};

const QUEUE_STATES = ['pending', 'delayed', 'processing', 'dead'] as const;
const OUTBOX_STATES = ['due', 'running', 'dead'] as const;

/** What became of captured events. */
export const ledgerMetrics: MetricTopic = {
  name: 'ledger',
  keepMs: KEEP_DEAR_MS,
  read: async ({ folder, view, clock, sleep }) => {
    const { captured: _, gaps, ...fates } = await readRecentLedger({ folder, view, clock, sleep });
    return Object.entries({ ...fates, gap: gaps }).map(([fate, value]): MetricSample => {
      return { metric: 'waymark_ledger_events', labels: { fate }, value };
    });
  },
};
