import { type RowKeeper, removeOlder } from '../../store/keeper.ts';
import { forgetRuns } from './forget-runs.ts';

/** Has to come before the sessions go: what their runs say is added up first. */
export const failureKeeper: RowKeeper = {
  name: 'failures',
  tables: [
    ...['failures', 'failure_patterns', 'pattern_bases', 'pattern_choices', 'fix_commands'],
    ...['command_runs', 'failure_fixes', 'failure_mends', 'unlearned'],
  ],
  expire: (database, expiry) => {
    removeOlder(database, ['failures'], expiry);
    forgetRuns(database, expiry.before, expiry.now);
  },
};
