import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import type { Log } from '../core/log.ts';
import { type ApplyEvents, eventApplier } from '../store/apply-events.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import type { EffectTable } from '../store/effect.ts';
import type { MigrationBlocker } from '../store/open-store.ts';
import type { StoreFault } from '../store/store-fault.ts';
import { DurableAcks } from './durable-acks.ts';
import { openInHome } from './home-folder.ts';
import { type OwnEvents, ownEvents } from './own-events.ts';
import { StoreConnection } from './store-connection.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface WorkerStoreParts
  extends Pick<
    WorkerOptions,
    'folder' | 'home' | 'queue' | 'config' | 'clock' | 'nextStamp' | 'log'
  > {
  readonly open: OpenDatabase;
  /** Returns all effects. Called when a store is opened. */
  readonly effects: () => readonly EffectTable[];
  /**
   * `worker --once` reports an outage to its caller: a crontab must not fill the queue with alerts.
   */
  readonly once: boolean;
  /** Wakes the worker: the queue has a new entry. */
  readonly wake: () => void;
  /** Returns why a store from before schema 1 cannot be moved now. */
  readonly migrationBlocker: MigrationBlocker;
}

/** The store of a worker, and the ways in which it writes events of its own. */
export interface WorkerStore {
  readonly storeConnection: StoreConnection;
  readonly own: OwnEvents;
  readonly acks: DurableAcks;
  /** The given log. Its errors also become alerts. */
  readonly log: Log;
  /**
   * Returns a function that applies events to the open store; `undefined` while the store is
   * unavailable.
   */
  readonly applier: () => ApplyEvents | undefined;
}

export function openWorkerStore({
  folder,
  clock,
  open,
  effects,
  once,
  migrationBlocker,
  ...parts
}: WorkerStoreParts): WorkerStore {
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
  const storeConnection = new StoreConnection({
    path: folder.store,
    open: openInHome(home, open),
    clock,
    log,
    onOutage,
    migrationBlocker,
  });
  const applier = applierFor(storeConnection, clock, effects);
  return {
    storeConnection,
    own,
    acks: new DurableAcks({ store: folder.store, log }),
    log,
    applier,
  };
}

/** Makes one applier per open store: a reopened store has new statements. */
function applierFor(
  storeConnection: StoreConnection,
  clock: () => number,
  effects: () => readonly EffectTable[],
): () => ApplyEvents | undefined {
  let known: { readonly database: Database; readonly apply: ApplyEvents } | undefined;
  return () => {
    const database = storeConnection.get();
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

/** Errors that have alerts of their own, or that report a failed alert. */
const SPOKEN_FOR: readonly string[] = ['STORE_DOWN', 'ALERT_LOST'];

/**
 * At most one alert per code in this time, so that a repeated fault, or one that the alert itself
 * causes, cannot fill the queue.
 */
const QUIET_MS = 60_000;

/**
 * Wraps a log. Its errors also become `system.health_alert` events, because nobody would notice a
 * line in a file.
 */
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
