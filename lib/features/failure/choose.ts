import type { Database } from '../../store/database.ts';
import type { ACTIONS } from './knowledge-entry.ts';

/** The later decision stands; of two in one millisecond, that of the greater event. */
const CHOOSE = `INSERT INTO pattern_choices (pattern_id, action, action_fix, action_at, action_by) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (pattern_id) DO UPDATE SET action = excluded.action, action_fix = excluded.action_fix, action_at = excluded.action_at, action_by = excluded.action_by
  WHERE action_at IS NULL OR (action_at, action_by) < (excluded.action_at, excluded.action_by)`;

/** What somebody decided about a pattern. */
export interface Choice {
  readonly patternId: string;
  /** `null`: as if nothing had been decided. */
  readonly action: (typeof ACTIONS)[number] | null;
  /** The fix that an `auto-fix` was decided for; with another one it is only told. */
  readonly fix: string | null;
  readonly at: number;
  readonly by: string;
}

/** Keeps a decision unless a later one is known. */
export function choose(database: Database, { patternId, action, fix, at, by }: Choice): void {
  database.prepare(CHOOSE).run(patternId, action, fix, at, by);
}
