import type { FileKind } from '../../core/file-keeper.ts';
import type { Database } from '../../store/database.ts';
import type { RowKind } from '../../store/keeper.ts';
import { summarizeRuns } from './forget-runs.ts';
import { forgetPattern, patternsToDelete } from './table-patterns.ts';
import { deleteRunsOfSession, runsToDelete } from './table-runs.ts';
import { teamRowsToDelete } from './table-team.ts';

/** Must precede the sessions, because their runs are summed up first. */
export const failureRows: RowKind = {
  name: 'failures',
  tables: [
    ...['failures', 'failure_patterns', 'pattern_bases', 'pattern_choices', 'fix_commands'],
    ...['command_runs', 'failure_fixes', 'failure_mends', 'unlearned'],
    ...['failure_needles', 'team_patterns'],
  ],
  neverByAge: {
    failure_needles: 'made again from the patterns',
  },
  deletions: (_database, expiry) => [
    ...runsToDelete(expiry),
    ...patternsToDelete(expiry),
    ...teamRowsToDelete(expiry),
  ],
  remember: summarizeRuns,
  forget: forgetPatterns,
};

/** Deletes what was learned only from this session. */
function forgetPatterns(database: Database, session: string): number {
  const { patterns, removed } = deleteRunsOfSession(database, session);
  return patterns.reduce((sum, id) => sum + forgetPattern(database, id), removed);
}

/**
 * Views of failures for hooks, and the needles. A view without content is deleted when it is
 * refreshed.
 */
export const failureViews: FileKind = {
  name: 'views/failures',
  owns: /^views\/failures\//,
  folder: 'views/failures',
};
