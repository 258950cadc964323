import { describe, expect, it } from 'vitest';
import type { EventDraft } from '../../../lib/events/envelope.ts';
import { alertingLog } from '../../../lib/worker/worker-store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';

describe('alertingLog', () => {
  it('turns an error into an alert, and logs everything as before', () => {
    const { log, codes } = memoryLog();
    const alerts: EventDraft[] = [];
    const alerting = alertingLog(log, (draft) => void alerts.push(draft), fakeClock().clock);
    alerting('info', 'CONFIG_CHANGED', 'read again');
    alerting('warn', 'VIEW_FAILED', 'no view');
    alerting('error', 'TASK_FAILED', 'Cannot finish sweep');
    expect(codes()).toEqual(['CONFIG_CHANGED', 'VIEW_FAILED', 'TASK_FAILED']);
    expect(alerts).toEqual([
      {
        type: 'system.health_alert',
        priority: 0,
        payload: { reason: 'worker-error', code: 'TASK_FAILED', message: 'Cannot finish sweep' },
      },
    ]);
  });

  it('repeats an alert once a minute at most, each code for itself', () => {
    const { clock, advance } = fakeClock();
    const alerts: unknown[] = [];
    const alerting = alertingLog(
      memoryLog().log,
      ({ payload }) => void alerts.push(payload['code']),
      clock,
    );
    for (let round = 0; round < 3; round += 1)
      for (const code of ['TASK_FAILED', 'ENTRY_DEAD']) alerting('error', code, 'x');
    advance(60_000);
    alerting('error', 'TASK_FAILED', 'x');
    expect(alerts).toEqual(['TASK_FAILED', 'ENTRY_DEAD', 'TASK_FAILED']);
  });

  it('raises none for errors with an alert of their own, or about a failed alert', () => {
    const alerts: unknown[] = [];
    const alerting = alertingLog(
      memoryLog().log,
      (draft) => void alerts.push(draft),
      fakeClock().clock,
    );
    alerting('error', 'STORE_DOWN', 'x');
    alerting('error', 'ALERT_LOST', 'x');
    expect(alerts).toEqual([]);
  });
});
