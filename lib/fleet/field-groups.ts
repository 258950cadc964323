/**
 * What the user may share: `figures` are ids, times, counts, models and outcomes, and always go;
 * `places` are paths, `commands` what was called, with errors and fixes, `texts` what people and
 * the model wrote.
 */
export const FIELD_GROUPS = ['figures', 'places', 'commands', 'texts'] as const;
export type FieldGroup = (typeof FIELD_GROUPS)[number];

/** What goes of the sessions in a folder. */
export interface ShareRule {
  /** An absolute path: of projects, work trees and repositories in it; `*` is any. */
  readonly folder: string;
  readonly groups: ReadonlySet<FieldGroup>;
}

/** Where a session works, as far as it is known. */
export interface Place {
  readonly project: string | null;
  readonly worktree: string | null;
  readonly repository: string | null;
}

/** Reads the setting `fleetShare`: `/home/me/work=figures+commands`. */
export function shareRules(entries: readonly string[]): readonly ShareRule[] {
  return entries.flatMap((entry) => {
    const at = entry.lastIndexOf('=');
    const named = new Set(entry.slice(at + 1).split('+'));
    const groups = FIELD_GROUPS.filter((group) => group === 'figures' || named.has(group));
    return at <= 0 ? [] : [{ folder: entry.slice(0, at), groups: new Set(groups) }];
  });
}

/** The entry of a rule in the setting. */
export function shareEntry({ folder, groups }: ShareRule): string {
  return `${folder}=${FIELD_GROUPS.filter((group) => groups.has(group)).join('+')}`;
}

/**
 * What goes of a session that works there; `undefined`: nothing. The longest folder that holds it
 * decides. @param place `undefined` for what belongs to no session: `*` alone decides.
 */
export function groupsFor(
  rules: readonly ShareRule[],
  place: Place | undefined,
): ReadonlySet<FieldGroup> | undefined {
  const fitting = rules.filter(
    ({ folder }) => folder === '*' || (place !== undefined && holds(folder, place)),
  );
  return fitting.toSorted((one, other) => lengthOf(other) - lengthOf(one))[0]?.groups;
}

function lengthOf({ folder }: ShareRule): number {
  return folder === '*' ? 0 : folder.length;
}

function holds(folder: string, { project, worktree, repository }: Place): boolean {
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  return [project, worktree, repository].some(
    (path) => path !== null && (path === folder || path.startsWith(start)),
  );
}
