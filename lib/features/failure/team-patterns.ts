import { isJsonObject, numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  type KnownFix,
  type KnownPattern,
  MAX_COMMANDS,
  MAX_PROJECTS,
  type Moment,
  type TeamKnowledge,
} from './known-pattern.ts';
import { keepLatestOfEach, readKind } from './read-base.ts';
import { hasFailedSince, resolveAction } from './stored-fix.ts';
import type { StoredPattern } from './stored-pattern.ts';
import { readChoices, readDeletedAt } from './table-patterns.ts';
import { readSuccessfulRuns } from './table-runs.ts';
import { folderNamed } from './team-knowledge.ts';

/** Successes of one command that are read. */
const MAX_ENDS = 200;

/**
 * Adds what the team knows to what is known here, which wins: a pattern that this machine knows
 * gets the team's fix if it has none, and others are added behind.
 * @param rows Rows of `team_patterns`.
 */
export function addTeamPatterns(
  database: Database,
  own: readonly StoredPattern[],
  rows: readonly Row[],
): readonly StoredPattern[] {
  if (rows.length === 0) return own;
  const choices = readChoices(
    database,
    rows.map((row) => String(row['id'])),
  );
  const ofTeam = new Map(
    rows.flatMap((row): ReadonlyArray<readonly [string, StoredPattern]> => {
      const stored = patternFrom(database, row, choices.get(String(row['id'])) ?? {});
      return stored === undefined ? [] : [[stored.pattern.id, stored]];
    }),
  );
  const known = new Set(own.map(({ pattern }) => pattern.id));
  return [
    ...own.map((stored) => withFix(stored, ofTeam.get(stored.pattern.id))),
    ...[...ofTeam.values()].filter(({ pattern }) => !known.has(pattern.id)),
  ];
}

function withFix(own: StoredPattern, ofTeam: StoredPattern | undefined): StoredPattern {
  const { fix = null, team } = ofTeam?.pattern ?? {};
  if (own.pattern.fix !== null || fix === null || team === undefined) return own;
  return { ...own, pattern: { ...own.pattern, fix, team: { ...team, isFixOnly: true } } };
}

/** `undefined` once the user has deleted it, or its fix has failed here. */
function patternFrom(database: Database, row: Row, choice: Row): StoredPattern | undefined {
  const text = (name: string): string => stringField(row, name) ?? '';
  const number = (name: string): number => numberField(row, name) ?? 0;
  const [tool, key] = [text('tool'), text('command_key')];
  const fix = fixOf(row);
  const hasEnded =
    readDeletedAt(choice) >= number('last_at') ||
    (!fix.isEdit && hasFailedSince(database, tool, fix.text, number('first_at')));
  if (hasEnded) return undefined;
  const successes = readSuccessfulRuns(database, key, MAX_ENDS).map(
    (run): Moment => ({ exact: stringField(run, 'exact') ?? '', at: numberField(run, 'at') ?? 0 }),
  );
  const team: TeamKnowledge = {
    people: number('people'),
    isConfirmed: row['is_confirmed'] === 1,
    isFixOnly: false,
    within: [],
  };
  const projects = listIn(row, 'repositories').flatMap((name) =>
    typeof name === 'string' ? folderNamed(name) : [],
  );
  const pattern: KnownPattern = {
    ...{ id: text('id'), tool, error: text('error'), kind: readKind(row) },
    ...{ count: number('count'), sessions: number('sessions') },
    ...{ firstAt: number('first_at'), lastAt: number('last_at') },
    ...{ lastError: text('last_error'), lastCommand: text('last_command'), fix, team },
    ...resolveAction(database, { choice, fix, tool }),
    scope: row['is_global'] === 1 ? 'global' : 'project',
    projects: projects.slice(0, MAX_PROJECTS),
    failed: commandsIn(row).map(({ exact, at }) => ({ exact, at })),
    succeeded: keepLatestOfEach(successes).slice(0, MAX_COMMANDS),
    successesSince: successes.filter(({ at }) => at > number('last_at')).length,
  };
  return {
    ...{ key, command: text('command'), needle: text('needle'), pattern },
    isGeneral: row['is_general'] === 1,
    chosenAt: numberField(choice, 'action_at') ?? null,
    places: projects.length,
  };
}

function fixOf(row: Row): KnownFix {
  return {
    text: stringField(row, 'fix') ?? '',
    isEdit: row['fix_is_edit'] === 1,
    isWhole: row['fix_is_whole'] === 1,
    count: numberField(row, 'fix_count') ?? 1,
  };
}

interface FailedCommand extends Moment {
  readonly command: string;
}

/** The commands that failed for others in this way, as a row of `team_patterns` has them. */
export function commandsIn(row: Row): readonly FailedCommand[] {
  return listIn(row, 'failed').flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const [exact, at] = [stringField(item, 'exact'), numberField(item, 'at')];
    return exact === undefined || at === undefined
      ? []
      : { exact, at, command: stringField(item, 'command') ?? '' };
  });
}

function listIn(row: Row, column: string): readonly unknown[] {
  const text = row[column];
  const list: unknown = typeof text === 'string' ? JSON.parse(text) : [];
  return Array.isArray(list) ? list : [];
}
