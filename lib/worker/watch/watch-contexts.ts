import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { ringAll } from '../../queue/wakeup/ring.ts';
import { ActivityWatch } from './activity-watch.ts';
import { ContextWatch, type ContextWatchParts } from './context-watch.ts';
import type { LiveConfig } from '../live-config.ts';
import { areContextNeedlesWritten } from '../needle-file.ts';

export interface WatchContextsParts
  extends Pick<ContextWatchParts, 'clock' | 'database' | 'readSession' | 'processed' | 'once'> {
  readonly folder: StateFolder;
  readonly config: LiveConfig;
  readonly log: Log;
}

/** The context watch of a worker, put together. */
export function watchContexts({ folder, config, log, ...parts }: WatchContextsParts): ContextWatch {
  const activity = new ActivityWatch({
    clock: parts.clock,
    apart: folder.root,
    log,
    settings: () => ({
      ignored: config.values.ignoredPaths,
      debounceMs: config.values.debounce * 1000,
      threshold: config.values.activityThreshold,
      windowMs: config.values.activityWindow * 1000,
    }),
    onDue: () => void ringAll(folder.wake),
  });
  return new ContextWatch({
    ...parts,
    intervalMs: () => config.values.contextInterval * 1000,
    watchedPaths: () => config.values.watchedPaths,
    activity,
    areNeedlesWritten: (database) =>
      areContextNeedlesWritten(database, { folder, clock: parts.clock }),
  });
}
