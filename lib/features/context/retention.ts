import { type FileKeeper, removeOldFiles } from '../../core/file-keeper.ts';
import { type RowKeeper, removeOlder } from '../../store/keeper.ts';

const BY_AGE = ['context_windows', 'context_crossings', 'file_activity'];

export const contextKeeper: RowKeeper = {
  name: 'context',
  tables: BY_AGE,
  expire: (database, expiry) => removeOlder(database, BY_AGE, expiry),
};

/** Views of sessions that the store has forgotten. */
export const contextViewKeeper: FileKeeper = {
  name: 'views/context',
  prune: ({ views }, before) => removeOldFiles(`${views}/context`, before),
};
