import { existsSync, readFileSync } from 'node:fs';
import { isPluginEnabled } from '../../claude/settings/enabled-plugin.ts';
import { SCOPES, resolveSettingsPath } from '../../claude/settings/settings-path.ts';
import { failedCheck, type Check, type DoctorInput, passedCheck } from './check.ts';

/** Who starts the hooks where our plugin is enabled, or its launchers are installed. */
export function pluginChecks(
  hasSettings: boolean,
  { folder, environment, cwd }: Pick<DoctorInput, 'folder' | 'environment' | 'cwd'>,
): readonly Check[] {
  const files = SCOPES.flatMap((scope) => {
    try {
      return readFileSync(resolveSettingsPath(scope, environment, cwd), 'utf8');
    } catch {
      return []; // what cannot be read enables nothing
    }
  });
  const isEnabled = isPluginEnabled(files);
  const isServed = existsSync(`${folder.bin}/served`);
  if (hasSettings && isEnabled && isServed)
    return [
      passedCheck(
        'plugin',
        'The plugin is enabled; if settings.json has the hooks, those run instead',
      ),
    ];
  if (hasSettings && isEnabled)
    return [
      failedCheck(
        'plugin',
        'The plugin is enabled, but does nothing',
        'Run `waymark install` again: it writes what the plugin needs.',
      ),
    ];
  if (hasSettings || !(isEnabled || existsSync(`${folder.root}/install/for-plugin`))) return [];
  if (!isServed)
    return [
      failedCheck(
        'plugin',
        'The plugin is enabled, but its launchers are not installed: nothing is recorded',
        'Run `waymark install --no-settings`.',
      ),
    ];
  return [
    passedCheck(
      'plugin',
      isEnabled
        ? 'The plugin starts the hooks'
        : 'The launchers for the plugin are installed, but no settings file enables the plugin here',
    ),
  ];
}
