import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  isProjectIndependent,
  type KnownPattern,
  derivePatterns,
  type FixAttempt,
  type Run,
} from './known-pattern.ts';
import { readKind } from './read-base.ts';
import { resolveAction, readBestFixes } from './stored-fix.ts';
import {
  readBases,
  readChoices,
  readDeletedAt,
  isNewerThan,
  readPatternRows,
  readPatternsOfKey,
} from './table-patterns.ts';
import { readFixAttempts } from './table-fixes.ts';
import { countFailedRuns, readFailedRuns, readSuccessfulRuns } from './table-runs.ts';
import { mergeBases } from './merge-bases.ts';
import type { StoredPattern } from './stored-pattern.ts';
import { addTeamPatterns } from './team-patterns.ts';
import { readTeamRows, readTeamRowsOfKey } from './table-team.ts';

export type { StoredPattern };

/** Maximum number of patterns of one command; older ones cause no warning. */
const MAX_PATTERNS = 20;

/**
 * Maximum runs of one pattern, and successes of one command, that are read; older ones are only
 * counted.
 */
const MAX_RUNS = 500;
const MAX_ENDS = 200;

/** How failures of a command ended. */
interface Ends {
  readonly successes: readonly Row[];
  readonly mends: readonly FixAttempt[];
}

/**
 * Returns the known failures of a command, the latest first, then those that only the team knows.
 * The cost does not depend on how much else is known.
 */
export function readPatternsOfCommand(database: Database, key: string): readonly StoredPattern[] {
  const own = storedFrom(database, readPatternsOfKey(database, key, MAX_PATTERNS));
  return addTeamPatterns(database, own, readTeamRowsOfKey(database, key, MAX_PATTERNS));
}

/**
 * Returns patterns in this order, without those of which nothing is known, or nothing since they
 * were deleted.
 */
export function readStoredPatterns(
  database: Database,
  ids: readonly string[],
): readonly StoredPattern[] {
  const rows = new Map(readPatternRows(database, ids).map((row) => [String(row['id']), row]));
  const own = storedFrom(
    database,
    ids.map((id) => rows.get(id)).filter((row) => row !== undefined),
  );
  const ofTeam = readTeamRows(database, ids);
  if (ofTeam.length === 0) return own;
  const all = addTeamPatterns(database, own, ofTeam);
  const byId = new Map(all.map((stored) => [stored.pattern.id, stored]));
  return ids.map((id) => byId.get(id)).filter((stored) => stored !== undefined);
}

/**
 * Returns one pattern; `undefined` if nothing is known about it, or nothing since it was deleted.
 */
export function readStoredPattern(database: Database, id: string): StoredPattern | undefined {
  return readStoredPatterns(database, [id])[0];
}

/** A pattern and what the store has of it. */
interface Evidence {
  readonly row: Row;
  readonly choice: Row;
  readonly bases: readonly Row[];
  readonly failures: readonly Row[];
  readonly ends: Ends;
}

/**
 * Reads shared data for all of them in one query, and runs for each pattern, because only the
 * latest are needed.
 */
function storedFrom(database: Database, rows: readonly Row[]): readonly StoredPattern[] {
  const ids = rows.map((row) => String(row['id']));
  const choices = readChoices(database, ids);
  const bases = readBases(database, ids);
  const keys = new Set(rows.map((row) => String(row['command_key'])));
  const ends = new Map([...keys].map((key) => [key, endsOf(database, key)]));
  const evidence = rows.map((row): Evidence => {
    const id = String(row['id']);
    const choice = choices.get(id) ?? {};
    const deletedAt = readDeletedAt(choice);
    return {
      ...{ row, choice, failures: readFailedRuns(database, id, deletedAt, MAX_RUNS) },
      bases: (bases.get(id) ?? []).filter((base) => isNewerThan(base, deletedAt)),
      ends: ends.get(String(row['command_key'])) ?? NO_ENDS,
    };
  });
  const known = evidence.flatMap((one) => {
    const pattern = patternFrom(database, one);
    return pattern === undefined ? [] : [{ ...one, pattern }];
  });
  const fixes = readBestFixes(
    database,
    known.map(({ pattern: { id, tool }, choice }) => ({
      ...{
        pattern: id,
        tool,
        deletedAt: readDeletedAt(choice),
        confirmed: parseConfirmation(choice),
      },
    })),
  );
  return known.map(({ pattern, ...one }) =>
    decidedOn(database, one, { ...pattern, fix: fixes.get(pattern.id) ?? null }),
  );
}

const NO_ENDS: Ends = { successes: [], mends: [] };

function endsOf(database: Database, key: string): Ends {
  const mends = readFixAttempts(database, key, MAX_ENDS);
  return {
    successes: readSuccessfulRuns(database, key, MAX_ENDS),
    mends: mends.map((row) => ({
      key,
      exact: stringField(row, 'exact') ?? '',
      at: numberField(row, 'at') ?? 0,
    })),
  };
}

/** Builds a pattern from its runs and bases. */
function patternFrom(
  database: Database,
  { row, choice, bases, failures, ends }: Evidence,
): KnownPattern | undefined {
  const text = (column: string): string => stringField(row, column) ?? '';
  const [id, tool] = [text('id'), text('tool')];
  const successes = ends.successes.map((run) => runOf(run, row));
  const runs = [...failures.map((run) => runOf(run, row)), ...successes];
  const [known] = derivePatterns(runs, [], ends.mends);
  const whole =
    failures.length < MAX_RUNS
      ? known
      : withCount(known, countFailedRuns(database, id, readDeletedAt(choice)));
  return mergeBases(whole, bases, { id, tool, error: text('error'), successes });
}

/** Adds the user's decision and the scope to a pattern. */
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
    isProjectIndependent(text('command'), pattern.kind, text('error'));
  const { action, isSet } = resolveAction(database, { choice, fix, tool });
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
    pattern: id === undefined ? null : { id, text: text(pattern, 'error'), kind: readKind(run) },
    ...{
      error: stringField(run, 'error') ?? null,
      session: text(run, 'session_id'),
      project: text(run, 'project'),
      at: numberField(run, 'at') ?? 0,
    },
  };
}

/** Returns the fix that the user confirmed, and when. */
export function parseConfirmation(
  choice: Row,
): { readonly text: string; readonly at: number } | undefined {
  const text = stringField(choice, 'confirmed_fix');
  return text === undefined ? undefined : { text, at: numberField(choice, 'confirmed_at') ?? 0 };
}
