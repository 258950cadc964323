import type { FileKind } from '../../core/file-keeper.ts';
import type { Database } from '../../store/database.ts';
import type { RowKind } from '../../store/keeper.ts';
import { sumUpRuns } from './forget-runs.ts';
import { forgetPattern, patternsToDelete } from './table-patterns.ts';
import { removeRunsOf, runsToDelete } from './table-runs.ts';

/** Comes before the sessions: what their runs say is added up first. */
export const failureRows: RowKind = {
  name: 'failures',
  tables: [
    ...['failures', 'failure_patterns', 'pattern_bases', 'pattern_choices', 'fix_commands'],
    ...['command_runs', 'failure_fixes', 'failure_mends', 'unlearned'],
    'failure_needles',
  ],
  staying: {
    failure_needles: 'made again from the patterns',
  },
  deletions: (_database, expiry) => [...runsToDelete(expiry), ...patternsToDelete(expiry)],
  remember: sumUpRuns,
  forget: forgetPatterns,
};

/** What was learned from this session alone goes with it. */
function forgetPatterns(database: Database, session: string): number {
  const { patterns, removed } = removeRunsOf(database, session);
  return patterns.reduce((sum, id) => sum + forgetPattern(database, id), removed);
}

/** What hooks say to Claude of failures, and the needles. A view that has nothing to say any more is removed when it is made again. */
export const failureViews: FileKind = {
  name: 'views/failures',
  owns: /^views\/failures\//,
  folder: 'views/failures',
};
