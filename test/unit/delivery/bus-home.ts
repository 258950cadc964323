import { setImmediate as turn } from 'node:timers/promises';
import { type Bus, openBus } from '../../../lib/delivery/open-bus.ts';
import type { Subscription } from '../../../lib/delivery/subscription.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { type ApplyEvents, eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database, Row } from '../../../lib/store/database.ts';
import type { StoreFault } from '../../../lib/store/store-fault.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { testEvent } from '../../support/test-event.ts';
import { testStore } from '../../support/test-store.ts';

export interface BusHome {
  readonly database: Database;
  readonly bus: Bus;
  readonly log: ReturnType<typeof memoryLog>;
  readonly faults: StoreFault[];
  readonly clock: () => number;
  readonly apply: ApplyEvents;
  advance(ms: number): void;
  /** Stores an event of this number. */
  store(number: number, own?: Partial<EventEnvelope>): string;
  rows(): readonly Row[];
  /** Lets what was begun go as far as it goes by itself. */
  settle(): Promise<void>;
}

/** A bus over a store in memory; another one over the same store is a worker that came later. */
export function busHome(
  subscriptions: readonly Subscription[],
  own: {
    readonly database?: Database;
    readonly once?: boolean;
    readonly most?: number;
    readonly me?: string;
    readonly isBroken?: () => boolean;
  } = {},
): BusHome {
  const database = own.database ?? testStore();
  const { clock, advance } = fakeClock();
  const log = memoryLog();
  const faults: StoreFault[] = [];
  const bus = openBus({
    sources: [() => subscriptions],
    database: () => {
      if (own.isBroken?.() === true) throw new Error('EIO: i/o error');
      return database;
    },
    clock,
    random: () => 0.5,
    log: log.log,
    me: () => own.me ?? 'w1',
    most: () => own.most ?? 8,
    once: own.once ?? false,
    wake: () => undefined,
    onFault: (fault) => void faults.push(fault),
    isLeader: () => true,
    ringOthers: () => undefined,
  });
  const apply = eventApplier(database, [bus.effects], clock);
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await turn();
  };
  return {
    database,
    bus,
    log,
    faults,
    clock,
    apply,
    advance,
    store(number, fields = {}) {
      const event = testEvent({
        event_id: eventNumber(number),
        event_type: 'build.failed',
        ...fields,
      });
      for (const result of apply([event]))
        if (result.state !== 'applied')
          throw new Error(`Event ${number} was not applied: ${result.state}`);
      return event.event_id;
    },
    rows: () =>
      database
        .prepare(
          'SELECT event_id, subscription, state, attempts, due_at, claimed_by, last_error, output FROM deliveries ORDER BY event_id, subscription',
        )
        .all(),
    settle,
  };
}

export function eventNumber(number: number): string {
  return `evt_20261122_044832_${String(number).padStart(16, '0')}`;
}
