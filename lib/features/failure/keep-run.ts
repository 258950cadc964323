import type { Database } from '../../store/database.ts';
import type { CommandShape } from './command-shape.ts';
import { type ErrorPattern, patternId } from './error-pattern.ts';

/** Whose run it was, and where. */
export interface RunPlace {
  /** The call; an event where there was none. */
  readonly id: string;
  readonly session: string | null;
  readonly project: string | null;
  readonly repository: string | null;
  readonly at: number;
}

export interface FailedRun extends RunPlace {
  readonly tool: string;
  readonly shape: CommandShape;
  readonly pattern: ErrorPattern;
  /** As it stood in the call, redacted and cut. */
  readonly command: string;
  readonly error: string;
  readonly source: 'hook' | 'transcript' | 'log';
}

/** What follows from the id stays as it is; a collision of hashes is settled the same way in any order. */
const KEEP_PATTERN = `INSERT INTO failure_patterns (id, command_key, tool, command, error, needle, is_general, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET last_at = max(last_at, excluded.last_at), needle = min(needle, excluded.needle),
    tool = min(tool, excluded.tool), command = min(command, excluded.command), is_general = max(is_general, excluded.is_general)`;

const RUN =
  'INSERT INTO command_runs (id, command_key, session_id, project, repository, exact, pattern_id, kind, command, error, source, at)';

/** Two tellings of one failure: the earlier stands, whichever came first. */
const KEEP_FAILURE = `${RUN} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id, command_key, exact) DO UPDATE SET session_id = excluded.session_id, project = excluded.project, repository = excluded.repository,
    pattern_id = excluded.pattern_id, kind = excluded.kind, command = excluded.command, error = excluded.error,
    source = excluded.source, at = excluded.at
  WHERE (excluded.at, excluded.pattern_id, excluded.error, excluded.command, coalesce(excluded.session_id, ''), coalesce(excluded.project, ''), coalesce(excluded.repository, ''))
    < (at, coalesce(pattern_id, ''), coalesce(error, ''), coalesce(command, ''), coalesce(session_id, ''), coalesce(project, ''), coalesce(repository, ''))`;

const KEEP_SUCCESS = `${RUN} SELECT ?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL, NULL, NULL, ?7, ?8
  WHERE EXISTS (SELECT 1 FROM failure_patterns WHERE command_key = ?2) ON CONFLICT DO NOTHING`;

export interface PatternRow {
  readonly id: string;
  readonly tool: string;
  readonly shape: Omit<CommandShape, 'exact'>;
  /** Normalised. */
  readonly error: string;
  readonly lastAt: number;
}

/** Keeps that a command of this shape may fail in this way. */
export function keepPattern(
  database: Database,
  { id, tool, shape, error, lastAt }: PatternRow,
): void {
  database
    .prepare(KEEP_PATTERN)
    .run(id, shape.key, tool, shape.text, error, shape.needle, shape.isGeneral ? 1 : 0, lastAt);
}

/** Keeps a failure and the pattern that it shows. Call it inside a transaction. @returns the pattern's id. */
export function keepFailure(database: Database, run: FailedRun): string {
  const { shape, pattern } = run;
  const id = patternId(shape.key, pattern.text);
  keepPattern(database, { id, tool: run.tool, shape, error: pattern.text, lastAt: run.at });
  database
    .prepare(KEEP_FAILURE)
    .run(
      run.id,
      shape.key,
      run.session,
      run.project,
      run.repository,
      shape.exact,
      id,
      pattern.kind,
      run.command,
      run.error,
      run.source,
      run.at,
    );
  return id;
}

/** Keeps that a command went well, if a way is known in which it fails: all others are of no use. @returns whether that is news. */
export function keepSuccess(
  database: Database,
  { id, session, project, repository, at }: RunPlace,
  { key, exact }: CommandShape,
): boolean {
  return (
    database
      .prepare(KEEP_SUCCESS)
      .run(id, key, session, project, repository, exact, 'transcript', at).changes > 0
  );
}
