import type { FileKind } from '../../core/file-keeper.ts';
import { ageAndExcessOf } from '../../core/file-keeper.ts';
import { olderThan, type RowKind } from '../../store/keeper.ts';

const BY_AGE = ['context_windows', 'context_crossings', 'file_activity'];

export const contextRows: RowKind = {
  name: 'context',
  tables: [...BY_AGE, 'watched_projects'],
  staying: { watched_projects: 'one row per folder that is watched now' },
  deletions: (_database, expiry) => olderThan(expiry, BY_AGE),
};

/** Views of sessions that the store has forgotten. */
export const contextViews: FileKind = {
  name: 'views/context',
  owns: /^views\/context\//,
  folder: 'views/context',
  doomed: ageAndExcessOf,
  isOf: (path, session) => path === `views/context/${session}.json`,
};
