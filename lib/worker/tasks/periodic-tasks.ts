import { DAY_MS } from '../../core/clock.ts';
import type { Journal } from '../../journal/open-journal.ts';
import type { EventDraft, EventEnvelope } from '../../events/envelope.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import type { Database } from '../../store/database.ts';
import { vacuumPages } from '../../store/keeper.ts';
import type { LiveConfig } from '../live-config.ts';
import type { PeriodicTask } from '../task-timer.ts';
import type { StoreConnection } from '../store-connection.ts';
import { cleanUpTask, type CanScan } from './clean-up.ts';
import type { WorkerStats } from '../worker-stats.ts';
import type { Step } from '../step.ts';
import { deathReporter, processWatch } from './watch-processes.ts';
import { recover } from './recover.ts';
import { createMetricsSampler } from './sample-metrics.ts';
import { SCHEDULE_POLL_MS, type ScheduleRunner } from '../../features/schedule/run-schedules.ts';
import { sweep } from './sweep.ts';
import { deadLetterWatch } from './watch-dead-letters.ts';
import { ledgerWatch } from './watch-ledger.ts';
import { promote } from '../../features/failure/promote.ts';

export interface PeriodicTaskParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly storeConnection: StoreConnection;
  readonly emit: (draft: EventDraft) => void;
  /** Stores events with ids of their own; a known id changes nothing. */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
  /** What follows each batch: views, logs, deliveries. */
  readonly followUp: Step;
  readonly journal: Pick<Journal, 'maintain' | 'writtenUpTo'>;
  /** Reads watched logs, and watches those that exist by now. */
  readonly readLogs: () => void;
  readonly schedules: ScheduleRunner;
  readonly me: () => string;
  readonly isLeader: () => boolean;
  readonly version: string;
  readonly stats: () => WorkerStats;
  readonly canScan: CanScan;
  /** Serves `/metrics`, or no longer, as the settings want it. */
  readonly followEndpoint: () => Promise<void>;
  readonly once: boolean;
}

const MINUTE_MS = 60_000;

/** Steps of returning pages to the disk per minute: 64 MiB. */
const VACUUM_STEPS = 8;

/** How late views, logs and deliveries may be during a backlog; otherwise they follow at once. */
const FOLLOW_UP_MS = 500;

/** Watched logs are read when they change. This poll finds changes that no watcher reported. */
const LOG_LOOK_MS = 5_000;

type WithStore = (run: (database: Database) => void) => () => void;

/** Returns all periodic tasks of a worker with their intervals. */
export function periodicTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const withStore: WithStore = (run) => () => {
    const database = parts.storeConnection.get();
    if (database !== undefined) run(database);
  };
  return [
    ...followingTasks(parts),
    ...watchingTasks(parts),
    learningTask(parts),
    metricsTask(parts),
    ...cleaningTasks(parts, withStore),
  ];
}

/** Returns tasks that update entries, views and files after events. */
function followingTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const { folder, queue, config, log, me } = parts;
  const entryCap = (): number => config.values.entryCap;
  const onDied = deathReporter(parts);
  const recoverAll = (): void => recover({ folder, queue, me, entryCap, log, onDied });
  return [
    {
      ...leading('recover', () => config.values.recoverInterval * 1000, recoverAll),
      requeues: true,
    },
    leading(
      'follow-up',
      () => FOLLOW_UP_MS,
      async () => {
        await parts.followUp();
      },
    ),
    leading(
      'schedules',
      () => SCHEDULE_POLL_MS,
      () => parts.schedules.look(),
    ),
    leading(
      'event-files',
      () => MINUTE_MS,
      () => parts.journal.maintain(),
    ),
  ];
}

/** Returns tasks that look for changes that no event reports. */
function watchingTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const { folder, queue, clock, emit } = parts;
  const database = (): Database | undefined => parts.storeConnection.get();
  return [
    leading(
      'processes',
      () => MINUTE_MS,
      processWatch({ folder, clock, database, storeAs: parts.storeAs }),
    ),
    leading('logs', () => LOG_LOOK_MS, parts.readLogs),
    leading('dead-letters', () => MINUTE_MS, deadLetterWatch({ queue, clock, database, emit })),
    leading('ledger', () => MINUTE_MS, ledgerWatch({ folder, clock, database, emit })),
  ];
}

function learningTask(parts: PeriodicTaskParts): PeriodicTask {
  const { config, clock, storeConnection, emit } = parts;
  const run = promotion({
    clock,
    database: () => storeConnection.get(),
    emit,
    processed: () => parts.stats().processed,
  });
  return leading('promotion', () => config.values.promotionInterval * 1000, run);
}

function metricsTask({ followEndpoint, ...parts }: PeriodicTaskParts): PeriodicTask {
  const sample = createMetricsSampler({ ...parts, database: () => parts.storeConnection.get() });
  return {
    name: 'metrics',
    intervalMs: () => MINUTE_MS,
    leaderOnly: false,
    run: async () => {
      await followEndpoint();
      await sample();
    },
  };
}

function cleaningTasks(parts: PeriodicTaskParts, withStore: WithStore): readonly PeriodicTask[] {
  const { queue, config, clock, log } = parts;
  const sweepTmp = withStore((database) => {
    const swept = sweep(queue, database, config.values.sweepAge * 1000, clock());
    if (swept === 0) return;
    log(
      'warn',
      'ABANDONED_SWEPT',
      `${swept} unfinished files of dead writers were removed from tmp/`,
    );
  });
  const vacuum = withStore((database) => {
    for (let step = 0; step < VACUUM_STEPS && vacuumPages(database); step += 1);
  });
  return [
    leading('sweep', () => 5 * MINUTE_MS, sweepTmp),
    leading('clean-up', () => 60 * MINUTE_MS, cleanUpTask(parts)),
    leading('give-back', () => MINUTE_MS, vacuum),
  ];
}

/** Makes a task for the leading worker only. */
function leading(name: string, intervalMs: () => number, run: PeriodicTask['run']): PeriodicTask {
  return { name, intervalMs, leaderOnly: true, run };
}

interface PromotionParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly emit: (draft: EventDraft) => void;
  /** Returns the number of processed entries: a change means that a session was active. */
  readonly processed: () => number;
}

/** Even without activity, what was learned fades. */
const MAX_QUIET_MS = DAY_MS;

/** Summarises what was learned, unless nothing happened since the last time. */
function promotion({ clock, database, emit, processed }: PromotionParts): () => void {
  let seen = -1;
  let ranAt = 0;
  return () => {
    const now = clock();
    const count = processed();
    if (count === seen && Math.abs(now - ranAt) < MAX_QUIET_MS) return;
    const store = database();
    if (store === undefined) return;
    promote(store, now, emit);
    seen = count;
    ranAt = now;
  };
}
