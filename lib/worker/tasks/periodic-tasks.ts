import { DAY_MS } from '../../core/clock.ts';
import { METRICS } from '../table.ts';
import type { Journal } from '../../journal/open-journal.ts';
import type { EventDraft, EventEnvelope } from '../../events/envelope.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import type { Database } from '../../store/database.ts';
import { giveBackPages } from '../../store/keeper.ts';
import type { LiveConfig } from '../live-config.ts';
import type { PeriodicTask } from '../schedule.ts';
import type { StoreKeeper } from '../store-keeper.ts';
import { cleaning, type MayScan } from './clean-up.ts';
import type { Tally } from '../tally.ts';
import type { Turn } from '../turn.ts';
import { deathTeller, processWatch } from './watch-processes.ts';
import { recover } from './recover.ts';
import { SCHEDULE_LOOK_MS, type ScheduleRunner } from '../../features/schedule/run-schedules.ts';
import { sweep } from './sweep.ts';
import { deadLetterWatch } from './watch-dead-letters.ts';
import { ledgerWatch } from './watch-ledger.ts';
import { promote } from '../../features/failure/promote.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';

export interface PeriodicTaskParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly keeper: StoreKeeper;
  readonly emit: (draft: EventDraft) => void;
  /** Stores events that have an id of their own: one that is known already changes nothing. */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
  /** What follows each batch: views, logs, deliveries. */
  readonly followUp: Turn;
  readonly journal: Pick<Journal, 'look' | 'writtenUpTo'>;
  /** Reads watched logs on, and watches those that are there by now. */
  readonly readLogs: () => void;
  readonly schedules: ScheduleRunner;
  readonly me: () => string;
  readonly tally: () => Tally;
  readonly mayScan: MayScan;
  readonly once: boolean;
}

const MINUTE_MS = 60_000;

/** Steps of giving pages back to the disk in one minute: 64 MiB. */
const GIVE_BACK_STEPS = 8;

/** How late views, logs and deliveries may be while a backlog is worked off; otherwise they follow at once. */
const FOLLOW_UP_MS = 500;

/** Watched logs are read when they change; this look finds changes that no watcher reported. */
const LOG_LOOK_MS = 5_000;

type WithStore = (run: (database: Database) => void) => () => void;

/** Everything that a worker does from time to time, each with its interval. */
export function periodicTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const withStore: WithStore = (run) => () => {
    const database = parts.keeper.get();
    if (database !== undefined) run(database);
  };
  return [
    ...followingTasks(parts),
    ...watchingTasks(parts),
    learningTask(parts),
    metricsTask(parts, withStore),
    ...cleaningTasks(parts, withStore),
  ];
}

/** What keeps entries, views and files close behind the events. */
function followingTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const { folder, queue, config, log, me } = parts;
  const entryCap = (): number => config.values.entryCap;
  const onDied = deathTeller(parts);
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
      () => SCHEDULE_LOOK_MS,
      () => parts.schedules.look(),
    ),
    leading(
      'event-files',
      () => MINUTE_MS,
      () => parts.journal.look(),
    ),
  ];
}

/** What looks for changes that no event reports. */
function watchingTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const { folder, queue, clock, emit } = parts;
  const database = (): Database | undefined => parts.keeper.get();
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
  const { config, clock, keeper, emit } = parts;
  const run = promotion({
    clock,
    database: () => keeper.get(),
    emit,
    processed: () => parts.tally().processed,
  });
  return leading('promotion', () => config.values.promotionInterval * 1000, run);
}

function metricsTask(parts: PeriodicTaskParts, withStore: WithStore): PeriodicTask {
  let sampledAt = parts.clock();
  return {
    name: 'metrics',
    intervalMs: () => MINUTE_MS,
    leaderOnly: false,
    run: withStore((database) => {
      const now = parts.clock();
      if (sampleMetrics(database, parts.me(), parts.tally(), now, sampledAt)) sampledAt = now;
    }),
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
  const giveBack = withStore((database) => {
    for (let step = 0; step < GIVE_BACK_STEPS && giveBackPages(database); step += 1);
  });
  return [
    leading('sweep', () => 5 * MINUTE_MS, sweepTmp),
    leading('clean-up', () => 60 * MINUTE_MS, cleaning(parts)),
    leading('give-back', () => MINUTE_MS, giveBack),
  ];
}

/** A task of the leading worker alone. */
function leading(name: string, intervalMs: () => number, run: PeriodicTask['run']): PeriodicTask {
  return { name, intervalMs, leaderOnly: true, run };
}

interface PromotionParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly emit: (draft: EventDraft) => void;
  /** Number of entries processed so far: a change means that a session was at work. */
  readonly processed: () => number;
}

/** Even where nothing happens, what was known fades. */
const LONGEST_QUIET_MS = DAY_MS;

/** Sums up what was learned, unless nothing happened since the last time. */
function promotion({ clock, database, emit, processed }: PromotionParts): () => void {
  let seen = -1;
  let ranAt = 0;
  return () => {
    const now = clock();
    const count = processed();
    if (count === seen && Math.abs(now - ranAt) < LONGEST_QUIET_MS) return;
    const store = database();
    if (store === undefined) return;
    promote(store, now, emit);
    seen = count;
    ranAt = now;
  };
}

/** One sample of this worker's figures, taken only in a minute that had work. @returns whether one was taken. */
export function sampleMetrics(
  database: Database,
  worker: string,
  tally: Tally,
  now: number,
  since: number,
): boolean {
  if (tally.lastEventAt === undefined || tally.lastEventAt < since) return false;
  const { processed, failed, dead, throughput, latency } = tally.figures(now);
  const values = {
    processed,
    failed,
    dead,
    throughput,
    latency_p50_ms: latency?.p50,
    latency_p95_ms: latency?.p95,
  };
  const rows = Object.entries(values).flatMap(([name, value]): readonly Write[] =>
    value === undefined ? [] : [{ into: METRICS, row: { at: now, worker, name, value } }],
  );
  inTransaction(database, () => applyWrites(database, rows));
  return true;
}
