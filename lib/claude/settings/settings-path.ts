import { resolve } from 'node:path';
import { WaymarkError } from '../../core/errors.ts';

/**
 * Whose settings: of this user everywhere, of everybody in this folder, of this user in this
 * folder.
 */
export const SCOPES = ['user', 'project', 'local'] as const;
export type Scope = (typeof SCOPES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings file that Claude Code reads for a scope. With `CLAUDE_CONFIG_DIR` set it does not
 * look into `~/.claude`; project and local files are read only from the folder in which it is
 * started.
 * @throws {@link WaymarkError} SETTINGS_UNWRITABLE when there is no home folder.
 */
export function resolveSettingsPath(scope: Scope, environment: Environment, cwd: string): string {
  if (scope === 'project') return resolve(cwd, '.claude/settings.json');
  if (scope === 'local') return resolve(cwd, '.claude/settings.local.json');
  const chosen = environment['CLAUDE_CONFIG_DIR'];
  if (chosen !== undefined && chosen !== '') return resolve(cwd, chosen, 'settings.json');
  const home = environment['HOME'] || environment['USERPROFILE'];
  if (home === undefined || home === '')
    throw new WaymarkError(
      'SETTINGS_UNWRITABLE',
      'Cannot find the settings of this user: HOME is not set',
    );
  return resolve(home, '.claude/settings.json');
}
