import { isJsonObject, type JsonObject, numberField, objectField } from '../../core/json.ts';
import type { KnownPattern, TeamKnowledge } from './known-pattern.ts';

/** Where a call is made, as far as the question needs it. */
interface CallPlace {
  readonly project: string;
  readonly repository?: string;
}

/** Marks a name of a folder in place of its path. */
const ANYWHERE = '*';

/** How a pattern names a folder that has this name on every machine. */
export function folderNamed(name: string): string {
  return `${ANYWHERE}/${name}`;
}

/** Whether a folder has the name that {@link folderNamed} wrote; false for a path. */
export function hasFolderName(folder: string, named: string): boolean {
  return named.startsWith(`${ANYWHERE}/`) && folder.endsWith(named.slice(ANYWHERE.length));
}

/** Whether a folder or its repository is the one that a pattern names, by path or by name. */
export function isPlaceOf(named: string, { project, repository }: CallPlace): boolean {
  if (!named.startsWith(`${ANYWHERE}/`)) return named === project || named === repository;
  return repository === undefined
    ? hasFolderName(project, named)
    : hasFolderName(repository.replace(/\/\.git$/, ''), named);
}

/**
 * The pattern as it holds at a place: without what the team adds, where nothing is shared with it.
 * `undefined`: nothing is left.
 */
export function patternAt(pattern: KnownPattern, place: CallPlace): KnownPattern | undefined {
  const { team, ...own } = pattern;
  if (team === undefined || isShared(team.within, place)) return pattern;
  return team.isFixOnly ? { ...own, fix: null } : undefined;
}

function isShared(within: readonly string[], { project, repository }: CallPlace): boolean {
  return within.some((folder) => {
    const start = folder.endsWith('/') ? folder : `${folder}/`;
    return (
      folder === ANYWHERE ||
      [project, repository].some((path) => path === folder || path?.startsWith(start) === true)
    );
  });
}

/** A project in which the pattern may hold: to find out whether it warns at all. */
export function exampleProject({ projects, team }: KnownPattern): string {
  const [project = ''] = projects;
  if (team === undefined || team.isFixOnly) return project;
  const [folder = ''] = team.within;
  return (folder === ANYWHERE ? '' : folder) + project.slice(ANYWHERE.length);
}

/** What a view has of it; `undefined` without, or for anything else. */
export function readTeamKnowledge(found: JsonObject): TeamKnowledge | undefined {
  if (!isJsonObject(found['team'])) return undefined;
  const team = objectField(found, 'team');
  const within: unknown = team['within'];
  return {
    people: numberField(team, 'people') ?? 1,
    isConfirmed: team['isConfirmed'] === true,
    isFixOnly: team['isFixOnly'] === true,
    within: Array.isArray(within)
      ? within.filter((folder): folder is string => typeof folder === 'string')
      : [],
  };
}
