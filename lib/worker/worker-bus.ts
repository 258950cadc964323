import { type Bus, openBus } from '../delivery/open-bus.ts';
import type { SubscriptionSource } from '../delivery/subscription.ts';
import { wakeWorker } from '../hook/wake-worker.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { builtinSource, type BuiltinSourceParts } from './builtin-source.ts';
import type { Home } from './home.ts';
import type { OwnEvents } from './own-events.ts';
import type { StoreKeeper } from './store-keeper.ts';
import type { Worker } from './worker.ts';

export interface WorkerBusParts
  extends Pick<
    BuiltinSourceParts,
    'folder' | 'queue' | 'config' | 'clock' | 'writtenUpTo' | 'mayScan'
  > {
  readonly home: Home;
  readonly keeper: StoreKeeper;
  readonly own: OwnEvents;
  readonly log: Log;
  readonly once: boolean;
  readonly worker: () => Worker;
  /** Handlers of the user and of projects, webhooks. */
  readonly sources: readonly SubscriptionSource[];
}

export interface WorkerBus extends Bus {
  /** Call it when the worker has ended and given up the lead: leaves another one behind, if one was asked for. */
  readonly afterEnd: () => void;
}

/** The event bus of a worker: handlers of ours and whatever else gets events. */
export function workerBus({
  sources,
  own,
  keeper,
  home,
  worker,
  once,
  ...parts
}: WorkerBusParts): WorkerBus {
  const { folder, clock, config, log } = parts;
  let isStartWanted = false;
  const database = (): Database | undefined =>
    worker().isLeader && home.isThere() ? keeper.get() : undefined;
  const startWorker = (): boolean => {
    isStartWanted = once;
    return once;
  };
  const builtins = builtinSource({
    ...parts,
    database,
    startWorker,
    tally: () => worker().tally,
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
    onFault: (fault) => keeper.report(fault),
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
