import { headOf } from '../core/text.ts';
import {
  type ConfigSources,
  type Resolved,
  resolveSettings,
  type ValuesOf,
} from './resolve-settings.ts';
import { SETTINGS } from './settings.ts';

/** The value of every setting. */
export type Config = ValuesOf<typeof SETTINGS>;

export type ResolvedConfig = Resolved<typeof SETTINGS>;

/** Resolves every setting; unknown keys in files are named in `problems`, too. @see resolveSettings */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  return resolveSettings(SETTINGS, sources, (key, file, problems) => {
    if (!Object.hasOwn(SETTINGS, key) && key !== '$schema')
      problems.push(`Cannot use ${headOf(key, 80)} from ${file}: no such setting`);
  });
}
