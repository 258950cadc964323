import { pruneDeliveries } from '../../delivery/look-after.ts';
import type { Journal } from '../../journal/open-journal.ts';
import type { EventDraft, EventEnvelope } from '../../events/envelope.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import type { Database } from '../../store/database.ts';
import type { LiveConfig } from '../live-config.ts';
import type { PeriodicTask } from '../schedule.ts';
import type { StoreKeeper } from '../store-keeper.ts';
import type { Tally } from '../tally.ts';
import type { Turn } from '../turn.ts';
import { cleanUp } from './clean-up.ts';
import { promotion } from './promotion.ts';
import { deathTeller, processWatch } from './watch-processes.ts';
import { recover } from './recover.ts';
import { sampleMetrics } from './sample-metrics.ts';
import { SCHEDULE_LOOK_MS, type ScheduleRunner } from '../../features/schedule/run-schedules.ts';
import { sweep } from './sweep.ts';
import { deadLetterWatch } from './watch-dead-letters.ts';
import { ledgerWatch } from './watch-ledger.ts';

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
}

const MINUTE_MS = 60_000;

/** How late views, logs and deliveries may be while a backlog is worked off; otherwise they follow at once. */
const FOLLOW_UP_MS = 500;

/** Watched logs are read when they change; this look finds what no watcher told. */
const LOG_LOOK_MS = 5_000;

/** Everything that a worker does from time to time, each with its interval. */
export function periodicTasks(parts: PeriodicTaskParts): readonly PeriodicTask[] {
  const { folder, queue, config, clock, log, keeper, me } = parts;
  const withStore = (run: (database: Database) => void) => (): void => {
    const database = keeper.get();
    if (database !== undefined) run(database);
  };
  let sampledAt = clock();
  return [
    {
      name: 'recover',
      intervalMs: () => config.values.recoverInterval * 1000,
      leaderOnly: true,
      run: () =>
        recover({
          folder,
          queue,
          me,
          entryCap: () => config.values.entryCap,
          log,
          onDied: deathTeller(parts),
        }),
    },
    {
      name: 'follow-up',
      intervalMs: () => FOLLOW_UP_MS,
      leaderOnly: true,
      run: async () => {
        await parts.followUp();
      },
    },
    {
      name: 'schedules',
      intervalMs: () => SCHEDULE_LOOK_MS,
      leaderOnly: true,
      run: () => parts.schedules.look(),
    },
    {
      name: 'event-files',
      intervalMs: () => MINUTE_MS,
      leaderOnly: true,
      run: () => parts.journal.look(),
    },
    {
      name: 'processes',
      intervalMs: () => MINUTE_MS,
      leaderOnly: true,
      run: processWatch({ folder, clock, database: () => keeper.get(), storeAs: parts.storeAs }),
    },
    { name: 'logs', intervalMs: () => LOG_LOOK_MS, leaderOnly: true, run: parts.readLogs },
    {
      name: 'promotion',
      intervalMs: () => config.values.promotionInterval * 1000,
      leaderOnly: true,
      run: promotion({
        clock,
        database: () => keeper.get(),
        emit: parts.emit,
        processed: () => parts.tally().processed,
      }),
    },
    {
      name: 'dead-letters',
      intervalMs: () => MINUTE_MS,
      leaderOnly: true,
      run: deadLetterWatch({ queue, clock, database: () => keeper.get(), emit: parts.emit }),
    },
    {
      name: 'ledger',
      intervalMs: () => MINUTE_MS,
      leaderOnly: true,
      run: ledgerWatch({ folder, clock, database: () => keeper.get(), emit: parts.emit }),
    },
    {
      name: 'metrics',
      intervalMs: () => MINUTE_MS,
      leaderOnly: false,
      run: withStore((database) => {
        if (sampleMetrics(database, me(), parts.tally(), clock(), sampledAt)) sampledAt = clock();
      }),
    },
    {
      name: 'sweep',
      intervalMs: () => 5 * MINUTE_MS,
      leaderOnly: true,
      run: withStore((database) => {
        const swept = sweep(queue, database, config.values.sweepAge * 1000, clock());
        if (swept > 0)
          log(
            'warn',
            'ABANDONED_SWEPT',
            `${swept} unfinished files of dead writers were removed from tmp/`,
          );
      }),
    },
    {
      name: 'clean-up',
      intervalMs: () => 60 * MINUTE_MS,
      leaderOnly: true,
      run: withStore((database) => {
        cleanUp(
          folder,
          queue,
          database,
          config.values.retention * 1000,
          clock(),
          parts.journal.writtenUpTo(database),
        );
        pruneDeliveries(database, config.values.deliveriesKept);
      }),
    },
  ];
}
