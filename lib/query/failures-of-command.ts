import { parseCommandParts } from '../features/failure/command-shape.ts';
import { readPatternsOfCommand, readStoredPatterns } from '../features/failure/stored-patterns.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { holdsInProject, type StoredPattern } from './failures.ts';

/** A known failure, and how near it is to a command. */
export interface NearFailure {
  readonly stored: StoredPattern;
  /**
   * `same`: of this command, whatever its paths and numbers are; `similar`: of the same program and
   * subcommand.
   */
  readonly nearness: 'same' | 'similar';
}

/** Patterns of one program that are looked at; the latest count. */
const MAX_SIMILAR = 50;

/**
 * What is known to fail of a Bash command, or of one of the commands in it: first what is the same
 * command, then what only is similar; of each the latest first.
 * @param project Absolute path: patterns of this folder and global ones; left out: of all.
 */
export async function findFailuresOfCommand(
  database: Database,
  command: string,
  { limit, project }: { readonly limit: number; readonly project?: string | undefined },
): Promise<readonly NearFailure[]> {
  const { whole, parts } = parseCommandParts('Bash', command, project);
  const shapes = [whole, ...parts].map(({ shape }) => shape);
  const same = [...new Set(shapes.map(({ key }) => key))]
    .flatMap((key) => readPatternsOfCommand(database, key))
    .filter(({ pattern }) => pattern.tool === 'Bash');
  const known = new Set(same.map(({ pattern }) => pattern.id));
  const needles = [...new Set(shapes.map(({ needle }) => needle))].filter((text) => text !== '');
  const similar: StoredPattern[] = [];
  for (const needle of needles) similar.push(...(await patternsWith(database, needle)));
  return [
    ...latestFirst(same).map((stored): NearFailure => ({ stored, nearness: 'same' })),
    ...latestFirst(similar.filter(({ pattern }) => !known.has(pattern.id))).map(
      (stored): NearFailure => ({ stored, nearness: 'similar' }),
    ),
  ]
    .filter(({ stored }) => holdsInProject(stored, project))
    .slice(0, limit);
}

async function patternsWith(database: Database, needle: string): Promise<readonly StoredPattern[]> {
  const fitting = (table: 'failure_patterns' | 'team_patterns') =>
    queryBuilder()
      .selectFrom(table)
      .select('id')
      .where('tool', '=', 'Bash')
      .where('needle', '=', needle)
      .orderBy('last_at', 'desc')
      .orderBy('id')
      .limit(MAX_SIMILAR);
  const rows = [
    ...(await runQuery(database, fitting('failure_patterns'))),
    ...(await runQuery(database, fitting('team_patterns'))),
  ];
  return readStoredPatterns(database, [...new Set(rows.map((row) => String(row['id'])))]);
}

function latestFirst(patterns: readonly StoredPattern[]): readonly StoredPattern[] {
  return patterns.toSorted((one, other) => other.pattern.lastAt - one.pattern.lastAt);
}
