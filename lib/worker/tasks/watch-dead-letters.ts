import { plural } from '../../core/units.ts';
import { countDead } from '../../delivery/table.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { numberField, objectField, parseJsonObject } from '../../core/json.ts';
import { listDeadNames } from '../../queue/depth.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import type { Database } from '../../store/database.ts';
import { lastDeadLetterAlert } from '../table.ts';

export interface DeadLetterWatchParts {
  readonly queue: QueueFolder;
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly emit: (draft: EventDraft) => void;
}

/**
 * At most one alert in this time: dead letters stay dead, and a handler that fails because of the
 * alert must not cause more alerts.
 */
const QUIET_MS = 60 * 60_000;

/**
 * Raises an alert if there are more dead letters than at the last alert, or than the minimum since.
 */
export function deadLetterWatch({
  queue,
  clock,
  database,
  emit,
}: DeadLetterWatchParts): () => void {
  let last: { readonly at: number; readonly count: number } | undefined;
  return () => {
    const store = database();
    if (store === undefined) return;
    const now = clock();
    const entries = listDeadNames(queue).length;
    const deliveries = countDead(store);
    const count = entries + deliveries;
    last ??= lastAlert(store);
    if (count <= last.count) last = { ...last, count };
    else if (Math.abs(now - last.at) >= QUIET_MS) {
      const message = `${plural(count - last.count, 'new dead letter')}: ${plural(entries, 'entry', 'entries')} and ${plural(deliveries, 'delivery', 'deliveries')} in all`;
      emit({
        type: 'system.health_alert',
        priority: PRIORITY.urgent,
        payload: { reason: 'dead-letters', message, entries, deliveries },
      });
      last = { at: now, count };
    }
  };
}

function lastAlert(database: Database): { readonly at: number; readonly count: number } {
  const row = lastDeadLetterAlert(database);
  const payload = objectField(parseJsonObject(String(row?.['envelope'])) ?? {}, 'payload');
  const at = numberField(row ?? {}, 'at') ?? Number.NEGATIVE_INFINITY;
  return {
    at,
    count: (numberField(payload, 'entries') ?? 0) + (numberField(payload, 'deliveries') ?? 0),
  };
}
