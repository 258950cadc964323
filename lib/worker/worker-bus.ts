import { type Bus, openBus } from '../delivery/open-bus.ts';
import type { SubscriptionSource } from '../delivery/subscription.ts';
import { wakeWorker } from '../hook/wake-worker.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { builtinSource, type BuiltinSourceParts } from './builtin-source.ts';
import type { HomeFolder } from './home-folder.ts';
import type { OwnEvents } from './own-events.ts';
import type { StoreConnection } from './store-connection.ts';
import type { Worker } from './worker.ts';

export interface WorkerBusParts
  extends Pick<
    BuiltinSourceParts,
    'folder' | 'queue' | 'config' | 'clock' | 'writtenUpTo' | 'canScan'
  > {
  readonly home: HomeFolder;
  readonly storeConnection: StoreConnection;
  readonly own: OwnEvents;
  readonly log: Log;
  readonly once: boolean;
  readonly worker: () => Worker;
  /** Handlers of the user, webhooks. */
  readonly sources: readonly SubscriptionSource[];
}

export interface WorkerBus extends Bus {
  /**
   * Call it when the worker has ended and given up the lead. Starts another worker if one was
   * requested.
   */
  readonly afterEnd: () => void;
}

/** Makes the event bus of a worker: built-in handlers and all other subscriptions. */
export function workerBus({
  sources,
  own,
  storeConnection,
  home,
  worker,
  once,
  ...parts
}: WorkerBusParts): WorkerBus {
  const { folder, clock, config, log } = parts;
  let isStartWanted = false;
  const database = (): Database | undefined =>
    worker().isLeader && home.isSameFolder() ? storeConnection.get() : undefined;
  const startWorker = (): boolean => {
    isStartWanted = once;
    return once;
  };
  const builtins = builtinSource({
    ...parts,
    database,
    startWorker,
    stats: () => worker().stats,
    emit: (event, priority) => own.enqueueAs(event, priority),
  });
  const bus = openBus({
    sources: [builtins, ...sources],
    database,
    clock,
    log,
    once,
    random: Math.random,
    me: () => worker().id,
    most: () => config.values.deliveries,
    wake: () => worker().wake(),
    onFault: (fault) => storeConnection.report(fault),
    isLeader: () => worker().isLeader,
    ringOthers: () => void ringAll(folder.wake),
  });
  const afterEnd = (): void => {
    if (isStartWanted)
      wakeWorker({
        folder,
        environment: process.env,
        now: clock(),
        by: 'handler/daemon-start',
        autostart: true,
      });
  };
  return { ...bus, afterEnd };
}
