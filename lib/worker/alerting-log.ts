import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import type { Log } from '../core/log.ts';

/** Errors that raise alerts of their own, or that say that an alert could not be raised. */
const SPOKEN_FOR: readonly string[] = ['STORE_DOWN', 'ALERT_LOST'];

/** At most one alert per code in this time, so that a fault which repeats, or which the alert itself meets, cannot fill the queue. */
const QUIET_MS = 60_000;

/** A log whose errors also become `system.health_alert` events: a line in a file alone would go unnoticed. */
export function alertingLog(log: Log, emit: (draft: EventDraft) => void, clock: () => number): Log {
  const saidAt = new Map<string, number>();
  return (level, code, message, fields) => {
    log(level, code, message, fields);
    if (level !== 'error' || SPOKEN_FOR.includes(code)) return;
    const now = clock();
    if (Math.abs(now - (saidAt.get(code) ?? Number.NEGATIVE_INFINITY)) < QUIET_MS) return;
    saidAt.set(code, now);
    emit({
      type: 'system.health_alert',
      priority: PRIORITY.urgent,
      payload: { reason: 'worker-error', code, message },
    });
  };
}
