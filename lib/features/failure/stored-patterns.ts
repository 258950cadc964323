import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { type KnownPattern, knownPatterns, type Mend, type Run } from './known-pattern.ts';
import { kindIn } from './read-base.ts';
import { actionOf, storedFix } from './stored-fix.ts';
import { basesOf, choiceOf, deletedAtIn, patternRow, patternsOfKey } from './table-patterns.ts';
import { mendsOfKey } from './table-fixes.ts';
import { countFailedRuns, failedRuns, successfulRuns } from './table-runs.ts';
import { withBases } from './with-bases.ts';

/** A pattern as the store has it, with what its command is like. */
export interface StoredPattern {
  /** Of the command. */
  readonly key: string;
  /** The command, generalised. */
  readonly command: string;
  readonly needle: string;
  readonly isGeneral: boolean;
  /** When the user chose the action; `null` if nobody did. */
  readonly chosenAt: number | null;
  /** In how many different projects it was seen; the work trees of a repository are one. */
  readonly places: number;
  readonly pattern: KnownPattern;
}

/** Ways to fail of one command that count; of older ones nothing is said. */
const MOST_PATTERNS = 20;

/** Runs of one pattern, and successes of one command, that are looked at; older ones only count. */
const MOST_RUNS = 500;
const MOST_ENDS = 200;

/** How failures of a command ended. */
interface Ends {
  readonly successes: readonly Row[];
  readonly mends: readonly Mend[];
}

/** What is known of a command's failures, the latest way to fail first. Costs the same whatever else is known. */
export function patternsOfCommand(database: Database, key: string): readonly StoredPattern[] {
  const ends = endsOf(database, key);
  return patternsOfKey(database, key, MOST_PATTERNS).flatMap(
    (row) => stored(database, row, ends) ?? [],
  );
}

/** One pattern, or `undefined` when nothing is known of it, or nothing since it was deleted. */
export function storedPattern(database: Database, id: string): StoredPattern | undefined {
  const row = patternRow(database, id);
  return row === undefined
    ? undefined
    : stored(database, row, endsOf(database, stringField(row, 'command_key') ?? ''));
}

function endsOf(database: Database, key: string): Ends {
  const mends = mendsOfKey(database, key, MOST_ENDS);
  return {
    successes: successfulRuns(database, key, MOST_ENDS),
    mends: mends.map((row) => ({
      key,
      exact: stringField(row, 'exact') ?? '',
      at: numberField(row, 'at') ?? 0,
    })),
  };
}

function stored(
  database: Database,
  row: Row,
  { successes, mends }: Ends,
): StoredPattern | undefined {
  const text = (column: string): string => stringField(row, column) ?? '';
  const [id, key, tool] = [text('id'), text('command_key'), text('tool')];
  const choice = choiceOf(database, id);
  const deletedAt = deletedAtIn(choice);
  const failures = failedRuns(database, id, deletedAt, MOST_RUNS);
  const bases = basesOf(database, id, deletedAt);
  const runs = [...failures, ...successes].map((run) => runOf(run, row));
  const [known] = knownPatterns(runs, [], mends);
  const whole =
    failures.length < MOST_RUNS
      ? known
      : withCount(known, countFailedRuns(database, id, deletedAt));
  const pattern = withBases(whole, bases, {
    id,
    tool,
    error: text('error'),
    successes: successes.map((run) => runOf(run, row)),
  });
  if (pattern === undefined) return undefined;
  const fix = storedFix(database, { pattern: id, tool, deletedAt, confirmed: confirmedIn(choice) });
  const isGlobal = row['promoted_at'] !== null || bases.some((base) => base['is_global'] === 1);
  const decided = actionOf(database, { choice, fix, tool });
  const repositories = failures.flatMap((run) => stringField(run, 'repository') ?? []);
  const places = new Set([
    ...failures.flatMap(
      (run) => stringField(run, 'repository') ?? stringField(run, 'project') ?? [],
    ),
    ...(known === undefined ? pattern.projects : []),
  ]);
  return {
    ...{
      key,
      command: text('command'),
      needle: text('needle'),
      isGeneral: row['is_general'] === 1,
      places: places.size,
    },
    chosenAt: decided.isSet ? (numberField(choice, 'action_at') ?? null) : null,
    pattern: {
      ...{
        ...pattern,
        fix,
        action: decided.action,
        isSet: decided.isSet,
        scope: isGlobal ? 'global' : 'project',
      },
      projects: [...new Set([...pattern.projects, ...repositories])].filter(
        (project) => project !== '',
      ),
    },
  };
}

function withCount(known: KnownPattern | undefined, counted: Row): KnownPattern | undefined {
  if (known === undefined) return undefined;
  const number = (column: string, otherwise: number): number =>
    numberField(counted, column) ?? otherwise;
  return {
    ...known,
    count: number('count', known.count),
    sessions: number('sessions', known.sessions),
    firstAt: number('first_at', known.firstAt),
  };
}

function runOf(run: Row, pattern: Row): Run {
  const text = (row: Row, column: string): string => stringField(row, column) ?? '';
  const id = stringField(run, 'pattern_id');
  return {
    ...{
      tool: text(pattern, 'tool'),
      command: text(run, 'command'),
      key: text(run, 'command_key'),
      exact: text(run, 'exact'),
      outcome: id === undefined ? 'ok' : 'failed',
    },
    pattern: id === undefined ? null : { id, text: text(pattern, 'error'), kind: kindIn(run) },
    ...{
      error: stringField(run, 'error') ?? null,
      session: text(run, 'session_id'),
      project: text(run, 'project'),
      at: numberField(run, 'at') ?? 0,
    },
  };
}

/** What the user said is right, and when. */
export function confirmedIn(
  choice: Row,
): { readonly text: string; readonly at: number } | undefined {
  const text = stringField(choice, 'confirmed_fix');
  return text === undefined ? undefined : { text, at: numberField(choice, 'confirmed_at') ?? 0 };
}
