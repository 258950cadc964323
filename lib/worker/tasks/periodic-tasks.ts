import type { EventDraft } from '../../core/envelope.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import type { Database } from '../../store/database.ts';
import type { LiveConfig } from '../live-config.ts';
import type { PeriodicTask } from '../schedule.ts';
import type { StoreKeeper } from '../store-keeper.ts';
import type { Tally } from '../tally.ts';
import { cleanUp } from './clean-up.ts';
import { promotion } from './promotion.ts';
import { recover } from './recover.ts';
import { sampleMetrics } from './sample-metrics.ts';
import { sweep } from './sweep.ts';
import { ledgerWatch } from './watch-ledger.ts';

export interface PeriodicTaskParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly keeper: StoreKeeper;
  readonly emit: (draft: EventDraft) => void;
  /** Makes views again that changed; `true` when more is due. */
  readonly refreshViews: () => Promise<boolean>;
  /** Reads watched logs on, and watches those that are there by now. */
  readonly readLogs: () => void;
  readonly me: () => string;
  readonly tally: () => Tally;
}

const MINUTE_MS = 60_000;

/** How old a view may become while a backlog is worked off; otherwise it follows at once. */
const VIEW_AGE_MS = 500;

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
      run: () => recover({ folder, queue, me, entryCap: () => config.values.entryCap, log }),
    },
    {
      name: 'views',
      intervalMs: () => VIEW_AGE_MS,
      leaderOnly: true,
      run: async () => {
        await parts.refreshViews();
      },
    },
    { name: 'logs', intervalMs: () => LOG_LOOK_MS, leaderOnly: true, run: parts.readLogs },
    {
      name: 'promotion',
      intervalMs: () => config.values.promotionInterval * 1000,
      leaderOnly: true,
      run: promotion({ clock, database: () => keeper.get(), emit: parts.emit, processed: () => parts.tally().processed }),
    },
    { name: 'ledger', intervalMs: () => MINUTE_MS, leaderOnly: true, run: ledgerWatch({ folder, clock, database: () => keeper.get(), emit: parts.emit }) },
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
        if (swept > 0) log('warn', 'ABANDONED_SWEPT', `${swept} unfinished files of dead writers were removed from tmp/`);
      }),
    },
    {
      name: 'clean-up',
      intervalMs: () => 60 * MINUTE_MS,
      leaderOnly: true,
      run: withStore((database) => cleanUp(folder, queue, database, config.values.retention * 1000, clock())),
    },
  ];
}
