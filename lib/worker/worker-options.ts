import type { Deliveries } from '../delivery/deliveries.ts';
import type { EventStamp } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import type { ApplyEvents } from '../store/apply-events.ts';
import type { DurableAcks } from './durable-acks.ts';
import type { Home } from './home.ts';
import type { LeaderLock } from '../store/leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import type { BatchParts } from './process-batch.ts';
import type { Schedule } from './schedule.ts';
import type { Stillness } from './stillness.ts';
import type { StoreKeeper } from './store-keeper.ts';

/** What a worker is made of. */
export interface WorkerOptions {
  readonly folder: StateFolder;
  readonly home: Home;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly nextStamp: () => EventStamp;
  readonly log: Log;
  readonly version: string;
  readonly keeper: StoreKeeper;
  readonly redact: BatchParts['redact'];
  readonly acks: DurableAcks;
  /** Applies events through the open store; `undefined` while the store is out. */
  readonly applier: () => ApplyEvents | undefined;
  /** Takes the lead if no other worker has it. */
  readonly takeLead: () => LeaderLock | undefined;
  /** Left out: another worker leads. */
  readonly lead?: LeaderLock;
  readonly schedule: Schedule;
  /** Reads transcripts on, a little at a time. @returns milliseconds after which it wants another turn, or `undefined`. */
  readonly readOn: () => Promise<number | undefined>;
  /** How often files that grow without a ring are to be looked at, in milliseconds; `undefined` while there are none. */
  readonly lookMs: () => number | undefined;
  readonly stillness: Pick<Stillness, 'begin' | 'holds' | 'end' | 'hasWork'>;
  /** What runs beside the loop: it keeps an idle worker from ending, and ends before the worker gives up the lead. */
  readonly deliveries?: Pick<Deliveries, 'hasWork' | 'close'>;
  /** Ends when nothing is left to do. */
  readonly once: boolean;
  readonly onCommitted?: () => void;
}
