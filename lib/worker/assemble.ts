import { randomBytes } from 'node:crypto';
import type { DeliveryTally } from '../delivery/delivery-tally.ts';
import type { UserHandlers } from '../delivery/handlers/user-handlers.ts';
import { openJournal } from '../journal/open-journal.ts';
import { httpPoster } from '../delivery/webhooks/poster.ts';
import { webhookSource } from '../delivery/webhooks/webhook-source.ts';
import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { eventRedactor } from '../secrets/redact-event.ts';
import type { SecretRedactor } from '../secrets/secret-redactor.ts';
import { listNames } from '../queue/pending-scan.ts';
import { type QueueFolder, queueFolder } from '../queue/queue-folder.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { EFFECTS } from './effects.ts';
import { openHome } from './home.ts';
import { takeLead } from './leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import { LogFollower, type LogFollowerParts } from './watch/log-follower.ts';
import { openReading } from './reading.ts';
import { viewRefresher } from './refresh-views.ts';
import { PACES, refreshers } from './refreshers.ts';
import { Schedule } from './schedule.ts';
import type { StoreKeeper } from './store-keeper.ts';
import { openStoreSide } from './store-side.ts';
import { periodicTasks } from './tasks/periodic-tasks.ts';
import { scheduleRunner } from '../features/schedule/run-schedules.ts';
import { allTurns, mayGoOn } from './turn.ts';
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
  const { folder, config, clock, open, redactor, once } = options;
  const queue = queueFolder(folder.queue);
  const nextStamp = stampSource(clock);
  const home = openHome(folder.root);
  const whole = { folder, queue, config, clock, home, once };
  const wake = (): void => worker.wake();
  const { keeper, own, acks, log, applier } = openStoreSide({
    ...whole,
    nextStamp,
    log: options.log,
    open,
    effects: () => [...EFFECTS, bus.effects],
    wake,
  });
  const database = (): Database | undefined => keeper.get();
  const leadersDatabase = (): Database | undefined =>
    worker.isLeader && home.isThere() ? keeper.get() : undefined;
  const made = refreshers({
    folder,
    clock,
    config,
    log,
    emit: own.emit,
    store: own.store,
    storeAs: own.storeAs,
  });
  const goOn = mayGoOn(clock, () => worker.isStopping);
  const refreshViews = viewRefresher({
    clock,
    database,
    refreshers: made,
    paces: once ? {} : PACES,
    isLeader: () => worker.isLeader,
    goOn,
    log,
  });
  const journal = openJournal({
    folder,
    settings: () => config.values,
    clock,
    log,
    database: leadersDatabase,
  });
  const poster = httpPoster();
  const handlers = userHandlerSource({ ...whole, log, nextStamp });
  const webhooks = webhookSource({
    root: folder.root,
    poster,
    clock,
    log,
    random: Math.random,
    emit: own.emit,
  });
  const bus = workerBus({
    ...whole,
    log,
    keeper,
    own,
    writtenUpTo: journal.writtenUpTo,
    worker: () => worker,
    sources: [handlers.source, webhooks],
  });
  const followUp = allTurns([refreshViews, journal.turn, () => bus.deliveries.turn()]);
  const logs = followLogs({ ...whole, log, database: leadersDatabase, deliver: own.enqueueAs });
  const schedules = scheduleRunner({
    clock,
    database,
    entries: () => config.values.schedules,
    storeAs: own.storeAs,
  });
  const reading = openReading({
    ...whole,
    log,
    redactor,
    database,
    goOn,
    processed: () => worker.tally.processed,
  });
  const tasks = {
    emit: own.emit,
    storeAs: own.storeAs,
    followUp,
    journal,
    readLogs: () => logs.look(),
    schedules,
  };
  const worker: Worker = new Worker({
    ...options,
    ...whole,
    log,
    random: Math.random,
    newId: () => `w${randomBytes(6).toString('hex')}`,
    nextStamp,
    keeper,
    acks,
    redact: eventRedactor(redactor),
    applier,
    takeLead: () => takeLead(folder.leaderLock, open),
    schedule: new Schedule(
      periodicTasks({
        ...whole,
        ...tasks,
        log,
        keeper,
        me: () => worker.id,
        tally: () => worker.tally,
      }),
    ),
    readOn: allTurns([
      reading.turn,
      followUp,
      async () => (once ? undefined : schedules.untilNext()),
    ]),
    deliveries: bus.deliveries,
  });
  const stopWatching = (): void => {
    logs.stop();
    reading.close();
    poster.close();
    bus.afterEnd();
  };
  return {
    worker,
    keeper,
    handlers,
    record: own.record,
    log,
    stopWatching,
    deliveries: bus.deliveries.tally,
  };
}

interface FollowLogsParts
  extends Pick<LogFollowerParts, 'clock' | 'log' | 'database' | 'deliver' | 'folder'> {
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
}

function followLogs({ queue, config, ...parts }: FollowLogsParts): LogFollower {
  return new LogFollower({
    ...parts,
    watchedLogs: () => config.values.watchedLogs,
    ring: () => void ringAll(parts.folder.wake),
    isQueueDeep: () => listNames(`${queue.pending}/${PRIORITY.failure}`).length > DEEP_QUEUE,
  });
}
