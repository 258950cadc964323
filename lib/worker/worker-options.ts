import type { Deliveries } from '../delivery/deliveries.ts';
import type { EventStamp } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import type { ApplyEvents } from '../store/apply-events.ts';
import type { DurableAcks } from './durable-acks.ts';
import type { HomeFolder } from './home-folder.ts';
import type { LeaderLock } from '../store/leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import type { BatchParts } from './process-batch.ts';
import type { TaskTimer } from './task-timer.ts';
import type { ChangeDetector } from './change-detector.ts';
import type { StoreConnection } from './store-connection.ts';

/** The parts of a worker. */
export interface WorkerOptions {
  readonly folder: StateFolder;
  readonly home: HomeFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly nextStamp: () => EventStamp;
  readonly log: Log;
  readonly version: string;
  readonly storeConnection: StoreConnection;
  readonly redact: BatchParts['redact'];
  readonly acks: DurableAcks;
  /**
   * Returns a function that applies events to the open store; `undefined` while the store is
   * unavailable.
   */
  readonly applier: () => ApplyEvents | undefined;
  /** Takes the lead if no other worker has it. */
  readonly takeLead: () => LeaderLock | undefined;
  /** Missing if another worker leads. */
  readonly lead?: LeaderLock;
  readonly taskTimer: TaskTimer;
  /**
   * Reads new lines of transcripts, a little per call.
   * @returns milliseconds after which it wants another call, or `undefined`.
   */
  readonly readTranscripts: () => Promise<number | undefined>;
  /**
   * How often to check files that grow without a ring, in milliseconds; `undefined` if there are
   * none.
   */
  readonly pollMs: () => number | undefined;
  /** Called before each long sleep. */
  readonly collectGarbage: () => void;
  readonly changes: Pick<ChangeDetector, 'hasBegun' | 'begin' | 'isUnchanged' | 'end' | 'hasWork'>;
  /**
   * What runs beside the loop. It keeps an idle worker from exiting, and ends before the worker
   * gives up the lead.
   */
  readonly deliveries?: Pick<Deliveries, 'hasWork' | 'close'>;
  /** Exit when nothing is left to do. */
  readonly once: boolean;
  readonly onCommitted?: () => void;
}
