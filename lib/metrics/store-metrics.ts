import { bytesByKind, readRecentCleanUps } from '../query/disk-use.ts';
import { readStoreCounts } from '../query/figures.ts';
import { freeBytes } from '../query/free-space.ts';
import { storeStatus } from '../query/status.ts';
import { readFromStore } from '../query/store-view.ts';
import type { MetricSample } from './metric-table.ts';
import { KEEP_DEAR_MS, type MetricTopic } from './metric-topic.ts';

/** Whether the store serves, and how much it took in. */
export const storeMetrics: MetricTopic = {
  name: 'store',
  keepMs: 0,
  read: async ({ folder, view }) => {
    const { state } = storeStatus(view, freeBytes(folder));
    const counts = await readFromStore(view, undefined, readStoreCounts);
    const isUp = state === 'ok' || state === 'missing';
    return [
      { metric: 'waymark_store_up', value: isUp ? 1 : 0 },
      ...(counts === undefined
        ? []
        : [
            { metric: 'waymark_events_stored_total', value: counts.eventsStored } as const,
            { metric: 'waymark_failure_patterns', value: counts.failurePatterns } as const,
          ]),
    ];
  },
};

/** What the state folder takes, by kind. */
export const diskMetrics: MetricTopic = {
  name: 'disk',
  keepMs: KEEP_DEAR_MS,
  read: async ({ folder, view, now, settings }) => {
    const cleaned = await readFromStore(view, undefined, (database) =>
      readRecentCleanUps(database, now),
    );
    return [
      ...[...bytesByKind(folder)].map(([kind, value]): MetricSample => {
        return { metric: 'waymark_disk_bytes', labels: { kind }, value };
      }),
      { metric: 'waymark_disk_budget_bytes', value: settings.diskBudget },
      { metric: 'waymark_disk_free_bytes', value: freeBytes(folder) },
      ...(cleaned?.kinds ?? []).map(({ kind, count }): MetricSample => {
        return { metric: 'waymark_cleaned_last_week', labels: { kind }, value: count };
      }),
    ];
  },
};
