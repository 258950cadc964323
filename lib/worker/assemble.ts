import { statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { DeliveryTally } from '../bus/delivery-tally.ts';
import type { UserHandlers } from '../bus/handlers/user-handlers.ts';
import { openJournal } from '../bus/open-journal.ts';
import { httpPoster } from '../bus/webhooks/poster.ts';
import { webhookSource } from '../bus/webhooks/webhook-source.ts';
import { type EventDraft, PRIORITY } from '../core/envelope.ts';
import { stampSource } from '../core/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { readSessionTranscripts } from '../features/operation/read-session.ts';
import { sessionsToRead } from '../features/operation/sessions-to-read.ts';
import { lookAtCalls } from '../features/security/look-at-calls.ts';
import { eventRedactor } from '../features/security/redact-event.ts';
import { redactTexts } from '../features/security/redact-texts.ts';
import type { SecretRedactor } from '../features/security/secret-redactor.ts';
import { listNames } from '../queue/pending-scan.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { type ApplyEvents, eventApplier } from '../store/apply-events.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import type { EffectTable } from '../store/effect.ts';
import { ringAll } from '../wakeup/ring.ts';
import { alertingLog } from './alerting-log.ts';
import { DurableAcks } from './durable-acks.ts';
import { EFFECTS } from './effects.ts';
import { openHome } from './home.ts';
import { takeLead } from './leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import { LogFollower } from './log-follower.ts';
import { ownEvents } from './own-events.ts';
import { Schedule } from './schedule.ts';
import { StoreKeeper } from './store-keeper.ts';
import { refreshers, TRANSCRIPT_NEWS } from './refreshers.ts';
import { viewRefresher } from './refresh-views.ts';
import { periodicTasks } from './tasks/periodic-tasks.ts';
import { scheduleRunner } from './tasks/schedules.ts';
import { transcriptTurns } from './transcript-turns.ts';
import { allTurns } from './turn.ts';
import { watchContexts } from './watch-contexts.ts';
import { userHandlerSource } from './user-handler-source.ts';
import { Worker } from './worker.ts';
import { workerBus } from './worker-bus.ts';

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
  /** The user's own; close them when the worker has ended. */
  readonly handlers: UserHandlers;
  /** Stores an event of the worker's own at once, past the queue; lost while the store is out. */
  readonly record: (draft: EventDraft) => void;
  /** The log that was given, whose errors also become alerts. */
  readonly log: Log;
  /** What became of deliveries. */
  readonly deliveries: DeliveryTally;
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
  const own = ownEvents({
    queue,
    home,
    entryCap: () => config.values.entryCap,
    nextStamp,
    applier: () => applier(),
    log: options.log,
    wake: () => worker.wake(),
  });
  const log = alertingLog(options.log, own.emit, clock);
  const keeper = new StoreKeeper({ path: folder.store, open, clock, log, onOutage: (fault) => own.emit(outageAlert(fault.kind, fault.message)) });
  const applier = applierFor(keeper, clock, () => [...EFFECTS, bus.effects]);
  const acks = new DurableAcks({ store: folder.store, log });
  const refreshViews = viewRefresher({
    database: () => keeper.get(),
    refreshers: refreshers({ folder, clock, config, log, emit: own.emit, store: own.store, storeAs: own.storeAs }),
    isLeader: () => worker.isLeader,
    log,
  });
  const journal = openJournal({
    folder,
    settings: () => config.values,
    clock,
    log,
    database: () => (worker.isLeader && home.isThere() ? keeper.get() : undefined),
  });
  const poster = httpPoster();
  const handlers = userHandlerSource({ folder, queue, config, clock, log, nextStamp, database: () => keeper.get() });
  const bus = workerBus({
    folder,
    queue,
    config,
    clock,
    log,
    home,
    keeper,
    own,
    once: options.once,
    writtenUpTo: journal.writtenUpTo,
    worker: () => worker,
    sources: [handlers.source, webhookSource({ root: folder.root, poster, clock, log, random: Math.random, emit: own.emit })],
  });
  const followUp = allTurns([refreshViews, journal.turn, () => bus.deliveries.turn()]);
  const logs = new LogFollower({
    folder,
    clock,
    log,
    database: () => (worker.isLeader && home.isThere() ? keeper.get() : undefined),
    watchedLogs: () => config.values.watchedLogs,
    deliver: own.enqueueAs,
    ring: () => void ringAll(folder.wake),
    isQueueDeep: () => listNames(`${queue.pending}/${PRIORITY.failure}`).length > DEEP_QUEUE,
  });
  const schedules = scheduleRunner({ clock, database: () => keeper.get(), entries: () => config.values.schedules, storeAs: own.storeAs });
  const schedule = new Schedule(
    periodicTasks({
      folder,
      queue,
      config,
      clock,
      log,
      keeper,
      emit: own.emit,
      storeAs: own.storeAs,
      followUp,
      journal,
      readLogs: () => logs.look(),
      schedules,
      me: () => worker.id,
      tally: () => worker.tally,
    }),
  );
  const readSession = (database: Database, session: string) =>
    readSessionTranscripts(database, session, {
      now: clock(),
      maxChunks: 1,
      refreshes: TRANSCRIPT_NEWS,
      look: lookAtCalls,
      redact: (texts) => redactTexts(texts, redactor),
    });
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
  const readOn = allTurns([readTranscripts, () => contexts.turn(), followUp, async () => (options.once ? undefined : schedules.untilNext())]);
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
    deliveries: bus.deliveries,
  });
  const stopWatching = (): void => {
    logs.stop();
    contexts.close();
    poster.close();
    bus.afterEnd();
  };
  return { worker, keeper, handlers, record: own.record, log, stopWatching, deliveries: bus.deliveries.tally };
}

/** One applier per open store: a store that was reopened has new statements. */
function applierFor(keeper: StoreKeeper, clock: () => number, effects: () => readonly EffectTable[]): () => ApplyEvents | undefined {
  let known: { readonly database: Database; readonly apply: ApplyEvents } | undefined;
  return () => {
    const database = keeper.get();
    if (database === undefined) return undefined;
    if (known?.database !== database) known = { database, apply: eventApplier(database, effects(), clock) };
    return known.apply;
  };
}

function outageAlert(kind: string, message: string): EventDraft {
  return { type: 'system.health_alert', priority: 0, payload: { reason: 'store-out', kind, message } };
}
