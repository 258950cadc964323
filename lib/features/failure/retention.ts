import type { FileKind } from '../../core/file-keeper.ts';
import type { Database } from '../../store/database.ts';
import { type Deletion, type Expiry, olderThan, type RowKind } from '../../store/keeper.ts';
import { OF_OLD_SESSION, STALE, sumUpRuns } from './forget-runs.ts';

const PATTERNS =
  'SELECT DISTINCT pattern_id AS id FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL';
const FORGET_PATTERN = `DELETE FROM failure_patterns WHERE id = ?1
  AND NOT EXISTS (SELECT 1 FROM command_runs WHERE pattern_id = ?1) AND NOT EXISTS (SELECT 1 FROM pattern_bases WHERE pattern_id = ?1)`;

/** Comes before the sessions: what their runs say is added up first. */
export const failureRows: RowKind = {
  name: 'failures',
  tables: [
    ...['failures', 'failure_patterns', 'pattern_bases', 'pattern_choices', 'fix_commands'],
    ...['command_runs', 'failure_fixes', 'failure_mends', 'unlearned'],
    ...['failure_needles', 'watched_logs'],
  ],
  staying: {
    failure_needles: 'made again from the patterns',
    watched_logs: 'one row per log that is watched',
  },
  deletions: (_database, expiry) => [
    ...olderThan(expiry, ['failures']),
    ...runsAndPatterns(expiry),
  ],
  remember: sumUpRuns,
  forget: forgetPatterns,
};

/** Patterns go last: what else is stale is known by them. */
function runsAndPatterns({ before }: Expiry): readonly Deletion[] {
  const patternIs = `pattern_id IN (${STALE})`;
  const ofSession = (table: string): Deletion => ({
    table,
    where: OF_OLD_SESSION,
    values: [before],
  });
  const ofPattern = (table: string): Deletion => ({ table, where: patternIs, values: [before] });
  return [
    {
      table: 'command_runs',
      where: `${OF_OLD_SESSION} OR (session_id IS NULL AND at < ?)`,
      values: [before, before],
      at: 'at',
    },
    {
      table: 'failure_fixes',
      where: `${OF_OLD_SESSION} OR ${patternIs}`,
      values: [before, before],
      at: 'at',
    },
    { ...ofSession('failure_mends'), at: 'at' },
    ofSession('unlearned'),
    ...['pattern_bases', 'fix_commands', 'pattern_choices'].map(ofPattern),
    { table: 'failure_patterns', where: `id IN (${STALE})`, values: [before], at: 'last_at' },
  ];
}

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

/** What hooks tell Claude of failures, and the needles. A view that has nothing to tell any more is removed when it is made again. */
export const failureViews: FileKind = {
  name: 'views/failures',
  owns: /^views\/failures\//,
  folder: 'views/failures',
};
