import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import type { Log } from '../core/log.ts';
import { type ApplyEvents, eventApplier } from '../store/apply-events.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import type { EffectTable } from '../store/effect.ts';
import type { WhyKept } from '../store/open-store.ts';
import { StoreFault } from '../store/store-fault.ts';
import { DurableAcks } from './durable-acks.ts';
import { type OwnEvents, ownEvents } from './own-events.ts';
import { StoreKeeper } from './store-keeper.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface StoreSideParts
  extends Pick<
    WorkerOptions,
    'folder' | 'home' | 'queue' | 'config' | 'clock' | 'nextStamp' | 'log'
  > {
  readonly open: OpenDatabase;
  /** What events do to the store; asked for when a store is opened. */
  readonly effects: () => readonly EffectTable[];
  /** `worker --once` reports an outage to its caller; a crontab must not fill the queue with alerts. */
  readonly once: boolean;
  /** Wakes the worker: there is something in the queue. */
  readonly wake: () => void;
  /** Why a store from before schema 1 cannot be moved away now. */
  readonly whyKept: WhyKept;
}

/** The store as a worker has it, and the ways in which the worker writes events of its own. */
export interface StoreSide {
  readonly keeper: StoreKeeper;
  readonly own: OwnEvents;
  readonly acks: DurableAcks;
  /** The log that was given, whose errors also become alerts. */
  readonly log: Log;
  /** Applies events through the open store; `undefined` while the store is out. */
  readonly applier: () => ApplyEvents | undefined;
}

export function openStoreSide({
  folder,
  clock,
  open: openFile,
  effects,
  once,
  whyKept,
  ...parts
}: StoreSideParts): StoreSide {
  const { home, queue, config, nextStamp, wake } = parts;
  const own = ownEvents({
    queue,
    recovery: folder.recovery,
    home,
    entryCap: () => config.values.entryCap,
    nextStamp,
    applier: () => applier(),
    log: parts.log,
    wake,
  });
  const log = alertingLog(parts.log, own.emit, clock);
  const onOutage = (fault: StoreFault): void => {
    if (!once) own.emit(outageAlert(fault));
  };
  const open: OpenDatabase = (path, options) => {
    // between two looks of the loop the folder may have been replaced: no store of ours belongs into the new one
    if (!home.isThere())
      throw new StoreFault('CANTOPEN', new Error('the state folder was replaced'));
    return openFile(path, options);
  };
  const keeper = new StoreKeeper({ path: folder.store, open, clock, log, onOutage, whyKept });
  const applier = applierFor(keeper, clock, effects);
  return { keeper, own, acks: new DurableAcks({ store: folder.store, log }), log, applier };
}

/** One applier per open store: a store that was reopened has new statements. */
function applierFor(
  keeper: StoreKeeper,
  clock: () => number,
  effects: () => readonly EffectTable[],
): () => ApplyEvents | undefined {
  let known: { readonly database: Database; readonly apply: ApplyEvents } | undefined;
  return () => {
    const database = keeper.get();
    if (database === undefined) return undefined;
    if (known?.database !== database)
      known = { database, apply: eventApplier(database, effects(), clock) };
    return known.apply;
  };
}

function outageAlert({ kind, message }: StoreFault): EventDraft {
  return {
    type: 'system.health_alert',
    priority: 0,
    payload: { reason: 'store-out', kind, message },
  };
}

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
