import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  isOfTheMachine,
  type KnownPattern,
  knownPatterns,
  type Mend,
  type Run,
} from './known-pattern.ts';
import { kindIn } from './read-base.ts';
import { actionOf, storedFixes } from './stored-fix.ts';
import {
  basesOf,
  choicesOf,
  deletedAtIn,
  isAfter,
  patternRows,
  patternsOfKey,
} from './table-patterns.ts';
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
  /** When the user chose the action; `null` if the user did not. */
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
  return storedFrom(database, patternsOfKey(database, key, MOST_PATTERNS));
}

/** Patterns in this order; those are left out of which nothing is known, or nothing since they were deleted. */
export function storedPatterns(
  database: Database,
  ids: readonly string[],
): readonly StoredPattern[] {
  const rows = new Map(patternRows(database, ids).map((row) => [String(row['id']), row]));
  return storedFrom(
    database,
    ids.map((id) => rows.get(id)).filter((row) => row !== undefined),
  );
}

/** One pattern, or `undefined` when nothing is known of it, or nothing since it was deleted. */
export function storedPattern(database: Database, id: string): StoredPattern | undefined {
  return storedPatterns(database, [id])[0];
}

/** A pattern and what the store has of it. */
interface Evidence {
  readonly row: Row;
  readonly choice: Row;
  readonly bases: readonly Row[];
  readonly failures: readonly Row[];
  readonly ends: Ends;
}

/** Asks once for what all of them have; runs are read for each, since only its latest are wanted. */
function storedFrom(database: Database, rows: readonly Row[]): readonly StoredPattern[] {
  const ids = rows.map((row) => String(row['id']));
  const choices = choicesOf(database, ids);
  const bases = basesOf(database, ids);
  const keys = new Set(rows.map((row) => String(row['command_key'])));
  const ends = new Map([...keys].map((key) => [key, endsOf(database, key)]));
  const evidence = rows.map((row): Evidence => {
    const id = String(row['id']);
    const choice = choices.get(id) ?? {};
    const deletedAt = deletedAtIn(choice);
    return {
      ...{ row, choice, failures: failedRuns(database, id, deletedAt, MOST_RUNS) },
      bases: (bases.get(id) ?? []).filter((base) => isAfter(base, deletedAt)),
      ends: ends.get(String(row['command_key'])) ?? NO_ENDS,
    };
  });
  const known = evidence.flatMap((one) => {
    const pattern = patternFrom(database, one);
    return pattern === undefined ? [] : [{ ...one, pattern }];
  });
  const fixes = storedFixes(
    database,
    known.map(({ pattern: { id, tool }, choice }) => ({
      ...{ pattern: id, tool, deletedAt: deletedAtIn(choice), confirmed: confirmedIn(choice) },
    })),
  );
  return known.map(({ pattern, ...one }) =>
    decidedOn(database, one, { ...pattern, fix: fixes.get(pattern.id) ?? null }),
  );
}

const NO_ENDS: Ends = { successes: [], mends: [] };

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

/** What runs and bases say of a pattern. */
function patternFrom(
  database: Database,
  { row, choice, bases, failures, ends }: Evidence,
): KnownPattern | undefined {
  const text = (column: string): string => stringField(row, column) ?? '';
  const [id, tool] = [text('id'), text('tool')];
  const successes = ends.successes.map((run) => runOf(run, row));
  const runs = [...failures.map((run) => runOf(run, row)), ...successes];
  const [known] = knownPatterns(runs, [], ends.mends);
  const whole =
    failures.length < MOST_RUNS
      ? known
      : withCount(known, countFailedRuns(database, id, deletedAtIn(choice)));
  return withBases(whole, bases, { id, tool, error: text('error'), successes });
}

/** A pattern with what the user decided about it, and where it holds. */
function decidedOn(
  database: Database,
  { row, choice, bases, failures }: Evidence,
  pattern: KnownPattern,
): StoredPattern {
  const text = (column: string): string => stringField(row, column) ?? '';
  const { fix, tool } = pattern;
  const isGlobal =
    row['promoted_at'] !== null ||
    bases.some((base) => base['is_global'] === 1) ||
    isOfTheMachine(text('command'), pattern.kind, text('error'));
  const { action, isSet } = actionOf(database, { choice, fix, tool });
  const repositories = failures.flatMap((run) => stringField(run, 'repository') ?? []);
  const seenIn = failures.flatMap(
    (run) => stringField(run, 'repository') ?? stringField(run, 'project') ?? [],
  );
  const places = new Set([...seenIn, ...(failures.length === 0 ? pattern.projects : [])]);
  const projects = new Set([...pattern.projects, ...repositories]);
  projects.delete('');
  return {
    ...{ key: text('command_key'), command: text('command'), needle: text('needle') },
    isGeneral: row['is_general'] === 1,
    places: places.size,
    chosenAt: isSet ? (numberField(choice, 'action_at') ?? null) : null,
    pattern: {
      ...{ ...pattern, action, isSet, scope: isGlobal ? 'global' : 'project' },
      projects: [...projects],
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
