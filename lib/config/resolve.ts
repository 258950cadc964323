import { PROJECT_SETTINGS } from './project-file.ts';
import { headOf } from '../core/text.ts';
import {
  type ConfigSources,
  type Resolved,
  resolveSettings,
  type ValuesOf,
} from './resolve-settings.ts';
import { environmentName } from './environment-name.ts';
import { SETTINGS } from './settings.ts';

/** The values of all settings. */
export type Config = ValuesOf<typeof SETTINGS>;

export type ResolvedConfig = Resolved<typeof SETTINGS>;

/** Resolves all settings. `problems` also names unknown keys in files. @see resolveSettings */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const unheard = CONSENTS.filter((name) => (sources.environment[name] ?? '') !== '');
  const environment = Object.fromEntries(
    Object.entries(sources.environment).filter(([name]) => !CONSENTS.includes(name)),
  );
  const resolved = resolveSettings(
    SETTINGS,
    { ...sources, environment },
    (key, file, problems) => {
      if (!Object.hasOwn(SETTINGS, key) && key !== '$schema')
        problems.push(`Cannot use ${headOf(key, 80)} from ${file}: no such setting`);
    },
    (keys, problems) =>
      problems.push(
        `Cannot use ${namesOf(keys)} from ${sources.projectFile}: a project may only set ${Object.keys(PROJECT_SETTINGS).join(' and ')}`,
      ),
  );
  if (unheard.length === 0) return resolved;
  const problems = unheard.map(
    (name) => `Cannot use ${name} from environment: it can be set in config.json only`,
  );
  return { ...resolved, problems: [...resolved.problems, ...problems] };
}

/**
 * A project's settings can add variables to the environment of its hooks, and of a worker that a
 * hook starts. So consent to write into a repository, or to send sessions to a team, counts only in
 * the user's own file.
 */
const CONSENTS: readonly string[] = ['autoCommit', 'fleetShare'].map(environmentName);

/** How many keys a message names, and how much of each. */
const MAX_KEYS = 5;
const KEY_LIMIT = 40;

function namesOf(keys: readonly string[]): string {
  const named = keys.slice(0, MAX_KEYS).map((key) => headOf(key, KEY_LIMIT));
  const more = keys.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
