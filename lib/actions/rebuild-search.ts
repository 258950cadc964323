import { WaymarkError } from '../core/errors.ts';
import { buildIndex, type BuildProgress } from '../search/build.ts';
import { emptyIndex, openIndex } from '../search/table-file.ts';
import { sqliteDriver } from '../store/driver.ts';
import { queryStore } from '../query/store-view.ts';
import type { ActionContext } from './action-context.ts';

/** What a rebuild made. */
export interface RebuildResult extends BuildProgress {
  /** Whether it came to its end; else the worker goes on where it stopped. */
  readonly isDone: boolean;
}

/**
 * Rebuilds the search index from the store and the transcripts, in this process. A worker that runs
 * meanwhile helps.
 * @throws {@link WaymarkError} NOT_FOUND if nothing was recorded yet.
 */
export async function rebuildSearch(
  { folder }: ActionContext,
  canContinue: () => Promise<boolean>,
  onProgress: (progress: BuildProgress) => void,
): Promise<RebuildResult> {
  return queryStore<RebuildResult | undefined>(folder, undefined, async (store) => {
    const index = openIndex(folder.search, sqliteDriver());
    let last: BuildProgress = { sessions: 0, allSessions: 0, documents: 0, bytes: 0 };
    try {
      emptyIndex(index);
      const isDone = await buildIndex({
        store,
        index,
        archive: folder.archive,
        canContinue,
        onProgress: (progress) => {
          last = progress;
          onProgress(progress);
        },
      });
      return { ...last, isDone };
    } finally {
      index.close();
    }
  }).then((result) => result ?? nothingYet());
}

function nothingYet(): never {
  throw new WaymarkError('NOT_FOUND', 'Cannot build the search index: nothing was recorded yet', {
    remedy: '`waymark doctor` shows whether the hooks are installed.',
  });
}
