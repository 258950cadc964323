import { statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { type EventDraft, type EventEnvelope, PRIORITY, sealEvent } from '../core/envelope.ts';
import { stampSource } from '../core/event-id.ts';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { readSessionTranscripts } from '../features/operation/read-session.ts';
import { sessionsToRead } from '../features/operation/sessions-to-read.ts';
import { eventRedactor } from '../features/security/redact-event.ts';
import { redactTexts } from '../features/security/redact-texts.ts';
import type { SecretRedactor } from '../features/security/secret-redactor.ts';
import { enqueue } from '../queue/enqueue.ts';
import { listNames } from '../queue/pending-scan.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { type ApplyEvents, eventApplier } from '../store/apply-events.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { StoreFault } from '../store/store-fault.ts';
import { ringAll } from '../wakeup/ring.ts';
import { alertingLog } from './alerting-log.ts';
import { DurableAcks } from './durable-acks.ts';
import { EFFECTS } from './effects.ts';
import { openHome } from './home.ts';
import { takeLead } from './leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import { LogFollower } from './log-follower.ts';
import { Schedule } from './schedule.ts';
import { StoreKeeper } from './store-keeper.ts';
import { refreshers, TRANSCRIPT_NEWS } from './refreshers.ts';
import { viewRefresher } from './refresh-views.ts';
import { periodicTasks } from './tasks/periodic-tasks.ts';
import { transcriptTurns } from './transcript-turns.ts';
import { watchContexts } from './watch-contexts.ts';
import { Worker } from './worker.ts';

export interface AssembleOptions {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly open: OpenDatabase;
  readonly redactor: SecretRedactor;
  readonly version: string;
  readonly once: boolean;
  readonly onCommitted?: () => void;
}

/** A worker and the store that it keeps; close the store when the worker has ended. */
export interface Assembled {
  readonly worker: Worker;
  readonly keeper: StoreKeeper;
  /** Stores an event of the worker's own at once, past the queue; lost while the store is out. */
  readonly record: (draft: EventDraft) => void;
  /** The log that was given, whose errors also become alerts. */
  readonly log: Log;
  /** Ends what watches files; call it when the worker has ended. */
  readonly stopWatching: () => void;
}

/** So many failures wait that watched logs give way: a long log must not become a queue of millions of files. */
const DEEP_QUEUE = 2_000;

/** Puts a worker together: the one place where its parts meet. */
export function assemble(options: AssembleOptions): Assembled {
  const { folder, config, clock, open, redactor } = options;
  const queue = queueFolder(folder.queue);
  const nextStamp = stampSource(clock);
  const home = openHome(folder.root);
  const emit = (draft: EventDraft): void => {
    if (home.isThere()) emitQuietly(draft, options, nextStamp);
  };
  const log = alertingLog(options.log, emit, clock);
  const keeper = new StoreKeeper({ path: folder.store, open, clock, log, onOutage: (fault) => emit(outageAlert(fault.kind, fault.message)) });
  const applier = applierFor(keeper, clock);
  const acks = new DurableAcks({ store: folder.store, log });
  const refreshViews = viewRefresher({
    database: () => keeper.get(),
    refreshers: refreshers({ folder, clock, config, log, emit, store: (drafts) => storeAll(drafts, applier, nextStamp) }),
    isLeader: () => worker.isLeader,
    log,
  });
  const logs = new LogFollower({
    folder,
    clock,
    log,
    database: () => (worker.isLeader && home.isThere() ? keeper.get() : undefined),
    watchedLogs: () => config.values.watchedLogs,
    deliver: (event) => enqueueLine(event, options, nextStamp),
    ring: () => void ringAll(folder.wake),
    isQueueDeep: () => listNames(`${queue.pending}/${PRIORITY.failure}`).length > DEEP_QUEUE,
  });
  const schedule = new Schedule(
    periodicTasks({
      folder,
      queue,
      config,
      clock,
      log,
      keeper,
      emit,
      refreshViews,
      readLogs: () => logs.look(),
      me: () => worker.id,
      tally: () => worker.tally,
    }),
  );
  const readSession = (database: Database, session: string) =>
    readSessionTranscripts(database, session, { now: clock(), maxChunks: 1, refreshes: TRANSCRIPT_NEWS, redact: (texts) => redactTexts(texts, redactor) });
  const readTranscripts = transcriptTurns({
    clock,
    database: () => keeper.get(),
    sessionsToRead: (database) =>
      sessionsToRead(database, (session) => statSync(`${folder.throttle}/${session}/ops`, { throwIfNoEntry: false })?.size ?? 0, clock()),
    readSession,
    processed: () => worker.tally.processed,
    longestMs: () => config.values.contextInterval * 1000,
    once: options.once,
  });
  const contexts = watchContexts({
    folder,
    config,
    clock,
    log,
    database: () => keeper.get(),
    readSession,
    processed: () => worker.tally.processed,
    once: options.once,
  });
  const readOn = async (): Promise<number | undefined> => {
    const wanted = [await readTranscripts(), await contexts.turn()].filter((ms) => ms !== undefined);
    return (await refreshViews()) ? 0 : wanted.length === 0 ? undefined : Math.min(...wanted);
  };
  const worker: Worker = new Worker({
    ...options,
    log,
    home,
    queue,
    random: Math.random,
    newId: () => `w${randomBytes(6).toString('hex')}`,
    nextStamp,
    keeper,
    acks,
    redact: eventRedactor(redactor),
    applier,
    takeLead: () => takeLead(folder.leaderLock, open),
    schedule,
    readOn,
  });
  const record = (draft: EventDraft): void => {
    if (home.isThere()) recordQuietly(draft, applier, nextStamp, log);
  };
  const stopWatching = (): void => {
    logs.stop();
    contexts.close();
  };
  return { worker, keeper, record, log, stopWatching };
}

/** One applier per open store: a store that was reopened has new statements. */
function applierFor(keeper: StoreKeeper, clock: () => number): () => ApplyEvents | undefined {
  let known: { readonly database: Database; readonly apply: ApplyEvents } | undefined;
  return () => {
    const database = keeper.get();
    if (database === undefined) return undefined;
    if (known?.database !== database) known = { database, apply: eventApplier(database, EFFECTS, clock) };
    return known.apply;
  };
}

function emitQuietly(draft: EventDraft, { folder, config, log }: AssembleOptions, nextStamp: ReturnType<typeof stampSource>): void {
  const stamp = nextStamp();
  try {
    enqueue(queueFolder(folder.queue), sealEvent(draft, stamp, 'worker'), stamp, draft.priority, {
      durability: 'none',
      queueCap: Number.POSITIVE_INFINITY,
      entryCap: config.values.entryCap,
    });
  } catch (error) {
    log('error', 'ALERT_LOST', `Cannot enqueue ${draft.type}: ${reasonOf(error)}`);
  }
}

/** A line of a log, under the id that says where it stands. @throws {@link WaymarkError} when the queue refuses it. */
function enqueueLine(event: EventEnvelope, { folder, config }: AssembleOptions, nextStamp: ReturnType<typeof stampSource>): void {
  const { entryCap } = config.values;
  enqueue(queueFolder(folder.queue), event, nextStamp(), PRIORITY.failure, { durability: 'none', queueCap: Number.POSITIVE_INFINITY, entryCap });
}

/** @throws {@link StoreFault} when the store is out; nothing is stored then. */
function storeAll(drafts: readonly EventDraft[], applier: () => ApplyEvents | undefined, nextStamp: ReturnType<typeof stampSource>): void {
  const apply = applier();
  if (apply === undefined) throw new StoreFault('CANTOPEN', 'the store went away');
  const failed = apply(drafts.map((draft) => sealEvent(draft, nextStamp(), 'worker'))).find(({ state }) => state === 'failed');
  if (failed?.state === 'failed') throw failed.error;
}

function recordQuietly(draft: EventDraft, applier: () => ApplyEvents | undefined, nextStamp: ReturnType<typeof stampSource>, log: Log): void {
  try {
    applier()?.([sealEvent(draft, nextStamp(), 'worker')]);
  } catch (error) {
    log('debug', 'EVENT_UNRECORDED', `Cannot record ${draft.type}: ${reasonOf(error)}`);
  }
}

function outageAlert(kind: string, message: string): EventDraft {
  return { type: 'system.health_alert', priority: 0, payload: { reason: 'store-out', kind, message } };
}
