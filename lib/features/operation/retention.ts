import { type RowKeeper, removeOlder, removeOrphans } from '../../store/keeper.ts';

const BY_AGE = ['context_samples', 'result_sizes'];
const BY_SESSION = ['transcripts', 'todo_lists', 'task_states', 'call_notes'];

export const operationKeeper: RowKeeper = {
  name: 'operations',
  tables: ['operations', ...BY_AGE, ...BY_SESSION],
  expire: (database, expiry) => {
    database.prepare('DELETE FROM operations WHERE coalesce(at, ended_at) < ?').run(expiry.before);
    removeOlder(database, BY_AGE, expiry);
    removeOrphans(database, BY_SESSION);
  },
};
