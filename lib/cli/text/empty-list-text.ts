import { oneLine } from '../../core/one-line.ts';
import type { StateFolder, TeamPlace } from '../../core/state-folder.ts';
import { formatCount } from '../../core/units.ts';
import { installedSettings, isForPlugin } from '../../query/doctor/installed-settings.ts';
import { abbreviateHome } from './tilde.ts';

/** What an empty list is empty of. */
export interface EmptyList {
  /** In the plural: `sessions`. */
  readonly what: string;
  /** The folder that was asked for, if one was. */
  readonly where?: string | undefined;
  /** How many there are that the filter left out. */
  readonly elsewhere: number;
  /** The command that lists those. */
  readonly all: string;
}

/**
 * Why a list is empty, and what to do: nothing fits, nothing was recorded yet, or nothing records.
 */
export function formatEmptyList(
  folder: StateFolder,
  { what, where, elsewhere, all }: EmptyList,
): string {
  if (elsewhere > 0)
    return where === undefined
      ? `No ${what} match; ${formatCount(elsewhere)} in all: \`${all}\`.`
      : `None in ${abbreviateHome(where)}; ${formatCount(elsewhere)} elsewhere: \`${all}\`.`;
  if (folder.team !== undefined) return formatEmptyTeam(what, folder.team.filter);
  return installedSettings(folder).length === 0 && !isForPlugin(folder)
    ? `No ${what} yet, and no hooks are installed. Install them: \`waymark install\``
    : `No ${what} yet. Hooks are installed: new Claude Code sessions are recorded.`;
}

/** What records is on the machines of others. */
function formatEmptyTeam(what: string, filter: TeamPlace['filter']): string {
  const asked = Object.entries(filter).map(([name, value]) => `--${name} ${oneLine(value)}`);
  return asked.length === 0
    ? `No ${what} at the team.`
    : `No ${what} at the team match ${asked.join(' ')}.`;
}
