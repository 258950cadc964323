import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PRIORITY } from '../../../lib/events/envelope.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import type { ApplyEvents } from '../../../lib/store/apply-events.ts';
import { queueDepth } from '../../../lib/queue/depth.ts';
import { listRecovery } from '../../../lib/queue/recovery-folder.ts';
import { StoreFault } from '../../../lib/store/store-fault.ts';
import { openHomeFolder } from '../../../lib/worker/home-folder.ts';
import { ownEvents } from '../../../lib/worker/own-events.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { testEvent } from '../../support/test-event.ts';
import { testHome } from '../../support/test-home.ts';

/** A worker's own events; notes how much waited in the queue at each wake-up. */
function setting(entryCap = 65_536, applier: () => ApplyEvents | undefined = () => undefined) {
  const { root, queue, folder } = testHome();
  const log = memoryLog();
  const woken: number[] = [];
  const wake = (): void => void woken.push(queueDepth(queue).pending);
  const parts = {
    queue,
    recovery: folder.recovery,
    home: openHomeFolder(root),
    entryCap: () => entryCap,
    nextStamp: stampSource(Date.now),
    applier,
  };
  return {
    own: ownEvents({ ...parts, log: log.log, wake }),
    woken,
    log,
    queue,
    recovery: folder.recovery,
  };
}

const draft = {
  type: 'system.health_alert',
  priority: PRIORITY.urgent,
  payload: { reason: 'test' },
};

describe('events of the worker itself', () => {
  it('wake it when they are in the queue', () => {
    const { own, woken } = setting();
    own.emit(draft);
    own.enqueueAs(testEvent());
    expect(woken).toEqual([1, 2]);
  });

  it('that cannot be written into the queue are kept beside it', () => {
    const { own, log, queue, recovery } = setting();
    rmSync(queue.pending, { recursive: true });
    writeFileSync(queue.pending, 'in the way');
    own.emit(draft);
    expect(listRecovery(recovery)).toHaveLength(1);
    expect(log.codes()).toEqual([]);
  });

  it('that the queue refuses are logged, or thrown if they will be repeated', () => {
    const { own, woken, log } = setting(10);
    own.emit(draft);
    expect(log.codes()).toEqual(['ALERT_LOST']);
    expect(() => own.enqueueAs(testEvent())).toThrow();
    expect(woken).toEqual([]);
  });

  it('that cannot be recorded while the store is locked are recorded with the next, once', () => {
    const stored: string[] = [];
    let lock: 'closed' | 'busy' | 'free' = 'closed';
    const apply: ApplyEvents = (events) => {
      if (lock === 'busy') throw new StoreFault('BUSY', 'locked');
      stored.push(...events.map(({ payload }) => String(payload['reason'])));
      return [];
    };
    const { own, log } = setting(65_536, () => (lock === 'closed' ? undefined : apply));
    own.record({ ...draft, payload: { reason: 'first' } });
    lock = 'busy';
    own.record({ ...draft, payload: { reason: 'second' } });
    expect(stored).toEqual([]);
    lock = 'free';
    for (const reason of ['third', 'fourth']) own.record({ ...draft, payload: { reason } });
    expect(stored).toEqual(['first', 'second', 'third', 'fourth']);
    expect(log.codes()).toEqual(['EVENT_UNRECORDED']);
  });

  it('that cannot be recorded are recorded when the store is free again, though none follows', () => {
    const stored: string[] = [];
    let isOpen = false;
    const apply: ApplyEvents = (events) => {
      stored.push(...events.map(({ payload }) => String(payload['reason'])));
      return [];
    };
    const { own } = setting(65_536, () => (isOpen ? apply : undefined));
    own.record({ ...draft, payload: { reason: 'first' } });
    own.recordWaiting();
    expect(stored).toEqual([]);
    isOpen = true;
    own.recordWaiting();
    own.recordWaiting();
    expect(stored).toEqual(['first']);
  });

  it('keep only the latest eight of those that cannot be recorded', () => {
    const stored: string[] = [];
    let isOpen = false;
    const apply: ApplyEvents = (events) => {
      stored.push(...events.map(({ payload }) => String(payload['reason'])));
      return [];
    };
    const { own } = setting(65_536, () => (isOpen ? apply : undefined));
    for (let n = 0; n < 20; n += 1) {
      isOpen = n === 19;
      own.record({ ...draft, payload: { reason: `${n}` } });
    }
    expect(stored).toEqual(['12', '13', '14', '15', '16', '17', '18', '19']);
  });
});
