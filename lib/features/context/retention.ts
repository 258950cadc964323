import type { FileKind } from '../../core/file-keeper.ts';
import { selectByAgeAndExcess } from '../../core/file-keeper.ts';
import { deleteOlderThan, type RowKind } from '../../store/keeper.ts';

const BY_AGE = ['context_windows', 'context_crossings', 'file_activity'];

export const contextRows: RowKind = {
  name: 'context',
  tables: [...BY_AGE, 'watched_projects'],
  neverByAge: { watched_projects: 'one row per folder that is watched now' },
  deletions: (_database, { before }) => deleteOlderThan(before, BY_AGE),
};

/** Views of sessions that the store no longer has. */
export const contextViews: FileKind = {
  name: 'views/context',
  owns: /^views\/context\//,
  folder: 'views/context',
  selectDeletable: selectByAgeAndExcess,
  isOfSessions: (path, sessions) =>
    sessions.has(/^views\/context\/([^/]+)\.json$/.exec(path)?.[1] ?? ''),
};
