import { describe, expect, it } from 'vitest';
import { chooseDue, type WaitingQueue } from '../../../lib/delivery/plan-deliveries.ts';
import { fakeSubscription } from './fake-subscription.ts';

function queueing(
  name: string,
  due: number,
  running = 0,
  own: Parameters<typeof fakeSubscription>[0] = {},
): WaitingQueue {
  const deliveries = Array.from({ length: due }, (_, index) => ({
    event_id: `e${index}`,
    subscription: name,
    attempts: 0,
    dueAt: 0,
  }));
  return {
    subscription: fakeSubscription({ name, concurrency: 4, ...own }),
    running,
    due: deliveries,
  };
}

function chosen(queues: readonly WaitingQueue[], slots: number): string {
  return chooseDue(queues, slots)
    .map(({ delivery }) => `${delivery.subscription}:${delivery.event_id}`)
    .join(' ');
}

describe('chooseDue', () => {
  it('shares the slots out one at a time', () => {
    expect(chosen([queueing('a', 5), queueing('b', 1), queueing('c', 2)], 5)).toBe(
      'a:e0 b:e0 c:e0 a:e1 c:e1',
    );
  });

  it('lets each subscription start one, even without a free slot', () => {
    expect(chosen([queueing('a', 5, 3), queueing('b', 2)], 0)).toBe('b:e0');
  });

  it('starts no more than a subscription may run', () => {
    expect(chosen([queueing('a', 9, 2)], 100)).toBe('a:e0 a:e1');
  });

  it('never makes built-in handlers wait, nor others for them', () => {
    expect(chosen([queueing('builtin/x', 3, 1, { kind: 'builtin' }), queueing('a', 2, 1)], 1)).toBe(
      'builtin/x:e0 a:e0 builtin/x:e1 builtin/x:e2',
    );
  });
});
