import type { Database } from '../../store/database.ts';
import { type RowKeeper, removeOlder } from '../../store/keeper.ts';
import { forgetRuns } from './forget-runs.ts';

const PATTERNS =
  'SELECT DISTINCT pattern_id AS id FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL';
const FORGET_PATTERN = `DELETE FROM failure_patterns WHERE id = ?1
  AND NOT EXISTS (SELECT 1 FROM command_runs WHERE pattern_id = ?1) AND NOT EXISTS (SELECT 1 FROM pattern_bases WHERE pattern_id = ?1)`;

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
  forget: forgetPatterns,
};

/** What was learned from this session alone goes with it. */
function forgetPatterns(database: Database, session: string): number {
  const patterns = database.prepare(PATTERNS).all(session);
  let removed = database
    .prepare('DELETE FROM command_runs WHERE session_id = ?')
    .run(session).changes;
  for (const { id } of patterns) {
    if (database.prepare(FORGET_PATTERN).run(String(id)).changes === 0) continue;
    const fixes = database.prepare('DELETE FROM fix_commands WHERE pattern_id = ?');
    removed += 1 + fixes.run(String(id)).changes;
  }
  return removed;
}
