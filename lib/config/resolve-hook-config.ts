import { HOOK_SETTINGS } from './hook-settings.ts';
import {
  type ConfigSources,
  type Resolved,
  resolveSettings,
  type ValuesOf,
} from './resolve-settings.ts';

/** The settings that a hook reads. */
export type HookConfig = ValuesOf<typeof HOOK_SETTINGS>;

/**
 * Resolves the settings of a hook. The worker and the command line report unknown keys in files;
 * hooks do not.
 */
export function resolveHookConfig(sources: ConfigSources): Resolved<typeof HOOK_SETTINGS> {
  return resolveSettings(HOOK_SETTINGS, sources);
}
