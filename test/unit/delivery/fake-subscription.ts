import type {
  DeliveryOrder,
  DeliveryResult,
  Subscription,
} from '../../../lib/delivery/subscription.ts';

export interface FakeSubscription extends Subscription {
  /** What was delivered, in order. */
  readonly got: DeliveryOrder[];
}

/** A subscription that answers as the test says; left out: done. */
export function fakeSubscription(
  own: Partial<Subscription> & {
    readonly answer?: (order: DeliveryOrder) => Promise<DeliveryResult> | DeliveryResult;
  } = {},
): FakeSubscription {
  const { answer = () => ({ state: 'done' as const }), ...rest } = own;
  const got: DeliveryOrder[] = [];
  return {
    name: 'user/notify',
    kind: 'executable',
    types: ['*'],
    concurrency: 2,
    timeoutMs: 1_000,
    maxAttempts: 3,
    retryDelayMs: (attempt) => attempt * 1_000,
    ...rest,
    got,
    async deliver(order) {
      got.push(order);
      return await answer(order);
    },
  };
}

/** An answer that comes when the test says so. */
export function held(): {
  readonly answer: (order: DeliveryOrder) => Promise<DeliveryResult>;
  release(result?: DeliveryResult): void;
} {
  let waiting: Array<(result: DeliveryResult) => void> = [];
  return {
    answer: () => new Promise((resolve) => void waiting.push(resolve)),
    release(result = { state: 'done' }) {
      const all = waiting;
      waiting = [];
      for (const resolve of all) resolve(result);
    },
  };
}
