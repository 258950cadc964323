import { MAY_SET } from './project-file.ts';
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
  return resolveSettings(
    SETTINGS,
    sources,
    (key, file, problems) => {
      if (!Object.hasOwn(SETTINGS, key) && key !== '$schema')
        problems.push(`Cannot use ${headOf(key, 80)} from ${file}: no such setting`);
    },
    (keys, problems) =>
      problems.push(
        `Cannot use ${namesOf(keys)} from ${sources.projectFile}: a project may only set ${Object.keys(MAY_SET).join(' and ')}`,
      ),
  );
}

/** How many keys a message names, and how much of each. */
const MOST_KEYS = 5;
const KEY_LIMIT = 40;

function namesOf(keys: readonly string[]): string {
  const named = keys.slice(0, MOST_KEYS).map((key) => headOf(key, KEY_LIMIT));
  const more = keys.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
