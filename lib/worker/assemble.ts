import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeliveryTally } from '../delivery/deliveries.ts';
import type { UserHandlers } from '../delivery/handlers/user-handlers.ts';
import { openJournal } from '../journal/open-journal.ts';
import { httpPoster } from '../delivery/webhooks/poster.ts';
import { webhookSource } from '../delivery/webhooks/webhook-source.ts';
import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { eventRedactor } from '../secrets/redact-event.ts';
import { listNames } from '../queue/pending-scan.ts';
import { type QueueFolder, queueFolder } from '../queue/queue-folder.ts';
import type { Database, OpenDatabase } from '../store/database.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { earlierWorkers } from './earlier-workers.ts';
import { EFFECTS } from './effects.ts';
import { openHome } from './home.ts';
import { type LeaderLock, takeLead } from '../store/leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import { LogFollower, type LogFollowerParts } from './watch/log-follower.ts';
import { indexing } from './indexing.ts';
import { openReading } from './reading.ts';
import { TranscriptArchiver } from './watch/transcript-archiver.ts';
import { viewRefresher } from './refresh-views.ts';
import { PACES, refreshers } from './refreshers.ts';
import { Schedule } from './schedule.ts';
import { Stillness } from './stillness.ts';
import type { StoreKeeper } from './store-keeper.ts';
import { openStoreSide } from './store-side.ts';
import { periodicTasks } from './tasks/periodic-tasks.ts';
import { scheduleRunner } from '../features/schedule/run-schedules.ts';
import { allTurns, mayGoOn, type Turn } from './turn.ts';
import { userHandlerSource } from './user-handler-source.ts';
import { Worker } from './worker.ts';
import { type WorkerBus, workerBus } from './worker-bus.ts';

export interface AssembleOptions {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly open: OpenDatabase;
  readonly version: string;
  readonly once: boolean;
  /** Left out: another worker leads. */
  readonly lead?: LeaderLock;
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

/** What the parts ask of the worker and the bus, which are made after them. */
interface Late {
  worker: () => Worker;
  bus: () => WorkerBus;
}

/** Puts a worker together: the one place where its parts meet. */
export function assemble(options: AssembleOptions): Assembled {
  const late: Late = {
    worker: () => neverYet('worker'),
    bus: () => neverYet('bus'),
  };
  const ground = openGround(options, late);
  const followers = openFollowers(options, ground, late);
  late.bus = () => followers.bus;
  const worker = makeWorker(options, ground, followers);
  late.worker = () => worker;
  return {
    worker,
    keeper: ground.keeper,
    handlers: followers.handlers,
    record: ground.own.record,
    log: ground.log,
    stopWatching: followers.stop,
    deliveries: followers.bus.deliveries.tally,
  };
}

function neverYet(part: string): never {
  throw new Error(`The ${part} is used before it is made.`);
}

type Ground = ReturnType<typeof openGround>;
type Followers = ReturnType<typeof openFollowers>;

/** What everything else needs: the queue, the store, and how the worker records its own events. */
function openGround(options: AssembleOptions, late: Late) {
  const { folder, config, clock, open, once } = options;
  const queue = queueFolder(folder.queue);
  const home = openHome(folder.root);
  const whole = { folder, queue, config, clock, home, once };
  const nextStamp = stampSource(clock);
  const side = openStoreSide({
    ...whole,
    nextStamp,
    log: options.log,
    open,
    effects: () => [...EFFECTS, late.bus().effects],
    wake: () => late.worker().wake(),
    whyKept: earlierWorkers({
      folder,
      version: options.version,
      log: options.log,
      isLeader: () => late.worker().isLeader,
    }),
  });
  const database = (): Database | undefined => side.keeper.get();
  const leadersDatabase = (): Database | undefined =>
    late.worker().isLeader && home.isThere() ? side.keeper.get() : undefined;
  const goOn = mayGoOn(clock, () => late.worker().isStopping);
  const mayScan = async (scanned: Database): Promise<boolean> => {
    await nextTurn();
    return !late.worker().isStopping && leadersDatabase() === scanned;
  };
  return { ...side, whole, nextStamp, database, leadersDatabase, goOn, mayScan };
}

/** What follows the store: views, log files, deliveries, watched logs, schedules, transcripts. */
function openFollowers(options: AssembleOptions, ground: Ground, late: Late) {
  const { folder, config, clock, once } = options;
  const { whole, log, own, keeper, database, leadersDatabase, nextStamp, goOn, mayScan } = ground;
  const journalParts = { folder, clock, log, database: leadersDatabase };
  const journal = openJournal({ ...journalParts, settings: () => config.values });
  const poster = httpPoster();
  const handlers = userHandlerSource({ ...whole, log, nextStamp });
  const webhookParts = { root: folder.root, poster, clock, log, emit: own.emit };
  const bus = workerBus({
    ...whole,
    log,
    keeper,
    own,
    writtenUpTo: journal.writtenUpTo,
    mayScan,
    worker: () => late.worker(),
    sources: [handlers.source, webhookSource({ ...webhookParts, random: Math.random })],
  });
  const views = openViews(options, ground, late);
  const logs = followLogs({ ...whole, log, database: leadersDatabase, deliver: own.enqueueAs });
  const entries = () => config.values.schedules;
  const schedules = scheduleRunner({ clock, database, entries, storeAs: own.storeAs });
  const processed = (): number => late.worker().tally.processed;
  const reading = openReading({ ...whole, log, database, goOn, processed });
  const isOn = () => config.values.transcripts;
  const archiver = new TranscriptArchiver({ ...whole, log, database: leadersDatabase, goOn, isOn });
  const followUp = allTurns([views, journal.turn, () => bus.deliveries.turn()]);
  const index = indexing({ folder, clock, log, once, database: leadersDatabase, goOn });
  const stop = (): void => {
    index.close();
    logs.stop();
    reading.close();
    archiver.stop();
    poster.close();
    bus.afterEnd();
  };
  const untilNext = async () => (once ? undefined : schedules.untilNext());
  const readOn = allTurns([reading.turn, followUp, () => archiver.turn(), index.turn, untilNext]);
  return { journal, handlers, bus, logs, reading, schedules, followUp, readOn, stop };
}

function openViews(options: AssembleOptions, ground: Ground, late: Late): Turn {
  const { folder, clock, config, once } = options;
  const { log, own, database, goOn } = ground;
  const { emit, store, storeAs } = own;
  return viewRefresher({
    clock,
    database,
    refreshers: refreshers({ folder, clock, config, log, emit, store, storeAs }),
    paces: once ? {} : PACES,
    isLeader: () => late.worker().isLeader,
    goOn,
    log,
  });
}

function makeWorker(options: AssembleOptions, ground: Ground, followers: Followers): Worker {
  const { whole, log, keeper, own } = ground;
  const { journal, logs, reading, schedules, followUp } = followers;
  const tasks = periodicTasks({
    ...whole,
    log,
    keeper,
    emit: own.emit,
    storeAs: own.storeAs,
    followUp,
    journal,
    schedules,
    readLogs: () => logs.look(),
    mayScan: ground.mayScan,
    me: () => worker.id,
    tally: () => worker.tally,
  });
  const worker: Worker = new Worker({
    ...options,
    ...whole,
    log,
    random: Math.random,
    newId: () => `w${randomBytes(6).toString('hex')}`,
    nextStamp: ground.nextStamp,
    keeper,
    acks: ground.acks,
    redact: eventRedactor(),
    applier: ground.applier,
    takeLead: () => takeLead(options.folder.leaderLock, options.open),
    schedule: new Schedule(tasks),
    readOn: followers.readOn,
    deliveries: followers.bus.deliveries,
    lookMs: reading.lookMs,
    stillness: new Stillness({
      folder: options.folder,
      queue: whole.queue,
      clock: options.clock,
      me: () => worker.id,
      paths: () => [...reading.paths(), ...logs.paths()],
      onEntry: () => worker.wake(),
    }),
  });
  return worker;
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
