import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { setImmediate as yieldToLoop, setTimeout } from 'node:timers/promises';
import type { DeliveryStats } from '../delivery/deliveries.ts';
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
import { FleetRunner } from './fleet-runner.ts';
import { KnowledgeRunner } from './knowledge-runner.ts';
import { earlierWorkersBlocker } from './earlier-workers.ts';
import { EFFECTS } from './effects.ts';
import { openHomeFolder, openInHome } from './home-folder.ts';
import { type LeaderLock, takeLead } from '../store/leader-lock.ts';
import type { LiveConfig } from './live-config.ts';
import { LogFollower, type LogFollowerParts } from './watch/log-follower.ts';
import { indexing } from './indexing.ts';
import { MetricsEndpoint } from './metrics-endpoint.ts';
import { openTranscriptReaders } from './transcript-readers.ts';
import { TranscriptArchiver } from './watch/transcript-archiver.ts';
import { type Refresher, viewRefresher } from './refresh-views.ts';
import { PACES, refreshers } from './refreshers.ts';
import { TaskTimer } from './task-timer.ts';
import { AutoCommitRunner } from './auto-commit-runner.ts';
import { SnapshotRunner } from './snapshot-runner.ts';
import { ChangeDetector } from './change-detector.ts';
import { garbageCollector } from './sleep-until-change.ts';
import type { StoreConnection } from './store-connection.ts';
import { openWorkerStore } from './worker-store.ts';
import { periodicTasks } from './tasks/periodic-tasks.ts';
import { createScheduleRunner } from '../features/schedule/run-schedules.ts';
import { allSteps, makeCanContinue, type Step } from './step.ts';
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
  /** Missing if another worker leads. */
  readonly lead?: LeaderLock;
  readonly onCommitted?: () => void;
}

/** A worker and its store connection. Close the store when the worker has ended. */
export interface Assembled {
  readonly worker: Worker;
  readonly storeConnection: StoreConnection;
  /** The user's handlers. Close them when the worker has ended. */
  readonly handlers: UserHandlers;
  /**
   * Stores an event of the worker's own at once, without the queue. The event is lost while the
   * store is unavailable.
   */
  readonly record: (draft: EventDraft) => void;
  /** The given log. Its errors also become alerts. */
  readonly log: Log;
  /** Counts of deliveries. */
  readonly deliveries: DeliveryStats;
  /** Stops all file watchers. Call it when the worker has ended. */
  readonly stopWatching: () => void;
}

/**
 * When this many failures wait, watched logs are not read: a long log must not fill the queue with
 * millions of files.
 */
const DEEP_QUEUE = 2_000;

/** The worker and the bus, which are made after the parts that need them. */
interface LateParts {
  worker: () => Worker;
  bus: () => WorkerBus;
}

/** Assembles a worker: the one place that connects its parts. */
export function assemble(options: AssembleOptions): Assembled {
  const late: LateParts = {
    worker: () => failBeforeAssembly('worker'),
    bus: () => failBeforeAssembly('bus'),
  };
  const base = openBase(options, late);
  const followers = openFollowers(options, base, late);
  late.bus = () => followers.bus;
  const worker = makeWorker(options, base, followers);
  late.worker = () => worker;
  return {
    worker,
    storeConnection: base.storeConnection,
    handlers: followers.handlers,
    record: base.own.record,
    log: base.log,
    stopWatching: followers.stop,
    deliveries: followers.bus.deliveries.stats,
  };
}

function failBeforeAssembly(part: string): never {
  throw new Error(`The ${part} is used before it is made.`);
}

type Base = ReturnType<typeof openBase>;
type Followers = ReturnType<typeof openFollowers>;

/**
 * Opens what everything else needs: the queue, the store, and the ways to record the worker's own
 * events.
 */
function openBase(options: AssembleOptions, late: LateParts) {
  const { folder, config, clock, open, once } = options;
  const queue = queueFolder(folder.queue);
  const home = openHomeFolder(folder.root);
  const whole = { folder, queue, config, clock, home, once };
  const nextStamp = stampSource(clock);
  const side = openWorkerStore({
    ...whole,
    nextStamp,
    log: options.log,
    open,
    effects: () => [...EFFECTS, late.bus().effects],
    wake: () => late.worker().wake(),
    migrationBlocker: earlierWorkersBlocker({
      folder,
      version: options.version,
      log: options.log,
      isLeader: () => late.worker().isLeader,
    }),
  });
  const database = (): Database | undefined => side.storeConnection.get();
  const leadersDatabase = (): Database | undefined =>
    late.worker().isLeader && home.isSameFolder() ? side.storeConnection.get() : undefined;
  const canContinue = makeCanContinue(clock, () => late.worker().isStopping);
  const canScan = async (scanned: Database): Promise<boolean> => {
    await yieldToLoop();
    return !late.worker().isStopping && leadersDatabase() === scanned;
  };
  return { ...side, whole, nextStamp, database, leadersDatabase, canContinue, canScan };
}

/**
 * Opens what follows the store: views, log files, deliveries, watched logs, schedules, transcripts.
 */
function openFollowers(options: AssembleOptions, base: Base, late: LateParts) {
  const { folder, config, clock, once } = options;
  const { whole, log, own, database, leadersDatabase, canContinue } = base;
  const journalParts = { folder, clock, log, database: leadersDatabase };
  const journal = openJournal({ ...journalParts, settings: () => config.values });
  const { poster, handlers, bus } = openDeliveries(options, base, late, journal);
  const snapshots = openSnapshots(options, base);
  const autoCommits = openAutoCommits(options, base);
  const views = openViews(options, base, late, { snapshots, autoCommits });
  const logs = followLogs({ ...whole, log, database: leadersDatabase, deliver: own.enqueueAs });
  const entries = () => config.values.schedules;
  const schedules = createScheduleRunner({ clock, database, entries, storeAs: own.storeAs });
  const processed = (): number => late.worker().stats.processed;
  const readers = openTranscriptReaders({ ...whole, log, database, canContinue, processed });
  const archiver = openArchiver(options, base);
  const recover = async (): Promise<undefined> => {
    const store = once ? undefined : leadersDatabase();
    if (store !== undefined) autoCommits.recover(store);
  };
  const record = async (): Promise<undefined> => void own.recordWaiting();
  const followUp = allSteps([record, recover, views, journal.step, () => bus.deliveries.step()]);
  const open = openInHome(whole.home, options.open);
  const indexParts = { folder, clock, cpu: cpuMs, log, once, canContinue, open };
  const index = indexing({ ...indexParts, database: leadersDatabase });
  const fleet = openFleet(options, base);
  const knowledge = openKnowledge(options, base, late);
  const endpoint = openEndpoint(options, base, late);
  const stop = (): void => {
    endpoint.close();
    index.close();
    logs.stop();
    readers.close();
    snapshots.close();
    autoCommits.close();
    archiver.stop();
    poster.close();
    fleet.close();
    knowledge.close();
    bus.afterEnd();
  };
  const untilNext = async () => (once ? undefined : schedules.untilNext());
  const betweenBatches = allSteps([
    readers.step,
    followUp,
    () => archiver.step(),
    index.step,
    () => fleet.step(),
    () => knowledge.step(),
    untilNext,
  ]);
  return {
    journal,
    handlers,
    bus,
    logs,
    readers,
    schedules,
    endpoint,
    followUp,
    betweenBatches,
    stop,
  };
}

function openDeliveries(
  { folder, clock }: AssembleOptions,
  { whole, log, own, storeConnection, nextStamp, canScan }: Base,
  late: LateParts,
  { writtenUpTo }: Pick<ReturnType<typeof openJournal>, 'writtenUpTo'>,
) {
  const poster = httpPoster();
  const handlers = userHandlerSource({ ...whole, log, nextStamp });
  const webhookParts = { root: folder.root, poster, clock, log, emit: own.emit };
  const bus = workerBus({
    ...{ ...whole, log, storeConnection, own, writtenUpTo, canScan },
    worker: () => late.worker(),
    sources: [handlers.source, webhookSource({ ...webhookParts, random: Math.random })],
  });
  return { poster, handlers, bus };
}

function openArchiver(
  { config }: AssembleOptions,
  { whole, log, leadersDatabase: database, canContinue }: Base,
): TranscriptArchiver {
  const isOn = () => config.values.transcripts;
  return new TranscriptArchiver({ ...whole, log, database, canContinue, isOn });
}

function openEndpoint(
  { folder, config, clock, once }: AssembleOptions,
  { log }: Base,
  late: LateParts,
): MetricsEndpoint {
  return new MetricsEndpoint({
    ...{ folder, config, clock, log, environment: process.env },
    isLeader: () => !once && late.worker().isLeader,
  });
}

/** Returns the CPU time of this process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.ceil((user + system) / 1_000);
}

function openSnapshots({ folder, clock, config }: AssembleOptions, base: Base): SnapshotRunner {
  const { log, own } = base;
  return new SnapshotRunner({
    ...{ folder, clock, config, log },
    environment: process.env,
    storeAs: own.storeAs,
    sleep: async (ms, signal) => void (await setTimeout(ms, undefined, { signal, ref: false })),
  });
}

function openFleet({ folder, clock, config, open, version, once }: AssembleOptions, base: Base) {
  const { log, leadersDatabase: database } = base;
  const parts = { folder, clock, config, log, open, version, once, database };
  return new FleetRunner({ ...parts, environment: process.env });
}

function openKnowledge(
  { folder, clock, config, once }: AssembleOptions,
  { log, leadersDatabase: database }: Base,
  late: LateParts,
) {
  const parts = { folder, clock, config, log, once, database, random: Math.random };
  const wake = () => late.worker().wake();
  return new KnowledgeRunner({ ...parts, wake, environment: process.env });
}

function openAutoCommits({ folder, clock, config }: AssembleOptions, base: Base) {
  const { log, own } = base;
  const parts = { folder, clock, config, log, environment: process.env, storeAs: own.storeAs };
  return new AutoCommitRunner({ ...parts, temporary: tmpdir() });
}

/** What runs beside the loop when a view is requested. */
interface Runners {
  readonly snapshots: SnapshotRunner;
  readonly autoCommits: AutoCommitRunner;
}

function openViews(
  options: AssembleOptions,
  base: Base,
  late: LateParts,
  { snapshots, autoCommits }: Runners,
): Step {
  const { folder, clock, config, once } = options;
  const { log, own, database, canContinue } = base;
  const { emit, store, storeAs } = own;
  // One step is too short for them.
  const requestSnapshot: Refresher = once
    ? () => undefined
    : (from, session) => snapshots.request(from, session);
  const requestAutoCommit: Refresher = once
    ? () => undefined
    : (from, session) => autoCommits.request(from, session);
  const asked = { requestSnapshot, requestAutoCommit };
  return viewRefresher({
    clock,
    database,
    refreshers: refreshers({ folder, clock, config, log, emit, store, storeAs, ...asked }),
    paces: once ? {} : PACES,
    isLeader: () => late.worker().isLeader,
    canContinue,
    log,
  });
}

function makeWorker(options: AssembleOptions, base: Base, followers: Followers): Worker {
  const { whole, log, storeConnection, own } = base;
  const { journal, logs, readers, schedules, endpoint, followUp } = followers;
  const tasks = periodicTasks({
    ...whole,
    log,
    storeConnection,
    emit: own.emit,
    storeAs: own.storeAs,
    followUp,
    journal,
    schedules,
    readLogs: () => logs.poll(),
    canScan: base.canScan,
    me: () => worker.id,
    isLeader: () => worker.isLeader,
    version: options.version,
    stats: () => worker.stats,
    followEndpoint: () => endpoint.follow(),
  });
  const worker: Worker = new Worker({
    ...options,
    ...whole,
    log,
    random: Math.random,
    newId: () => `w${randomBytes(6).toString('hex')}`,
    nextStamp: base.nextStamp,
    storeConnection,
    acks: base.acks,
    redact: eventRedactor(),
    applier: base.applier,
    takeLead: () => takeLead(options.folder.leaderLock, options.open),
    taskTimer: new TaskTimer(tasks),
    readTranscripts: followers.betweenBatches,
    deliveries: followers.bus.deliveries,
    pollMs: readers.pollMs,
    collectGarbage: garbageCollector({
      collect: globalThis.gc,
      heapUsed: () => process.memoryUsage().heapUsed,
    }),
    changes: new ChangeDetector({
      folder: options.folder,
      queue: whole.queue,
      clock: options.clock,
      me: () => worker.id,
      paths: () => [...readers.paths(), ...logs.paths()],
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
