import { readFileSync } from 'node:fs';
import { errnoOf } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { readValue } from './read-value.ts';
import { environmentName, SETTINGS, type Setting, type SettingName, type SettingValue } from './settings.ts';

/** Where a value came from, in rising precedence. */
export type Origin = 'default' | 'user file' | 'project file' | 'environment' | 'flag';

type Widened<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? string : readonly string[];

/** The value of every setting, typed by its default. */
export type Config = { readonly [Name in SettingName]: Widened<(typeof SETTINGS)[Name]['fallback']> };

export interface ResolvedConfig {
  readonly values: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** One line for each value that was refused and each unknown key; the next lower source holds instead. */
  readonly problems: readonly string[];
}

export interface ConfigSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `config.json` of the state folder. */
  readonly userFile?: string;
  /** `.claude/waymark.json` of the project. */
  readonly projectFile?: string;
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * Resolves all settings: flag, then environment, then project file, then user file, then default.
 * A value that does not fit is skipped and named in `problems`; the caller decides whether that is fatal. Never throws.
 */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const problems: string[] = [];
  const layers: ReadonlyArray<readonly [Origin, JsonObject]> = [
    ['flag', sources.flags ?? {}],
    ['environment', fromEnvironment(sources.environment)],
    ['project file', fromFile(sources.projectFile, problems)],
    ['user file', fromFile(sources.userFile, problems)],
  ];
  const values: Record<string, SettingValue> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const [value, origin] = pick(name, setting, layers, problems);
    values[name] = value;
    origins[name] = origin;
  }
  assertConfig(values);
  assertOrigins(origins);
  return { values, origins, problems };
}

function pick(name: string, setting: Setting, layers: ReadonlyArray<readonly [Origin, JsonObject]>, problems: string[]): [SettingValue, Origin] {
  for (const [origin, layer] of layers) {
    const raw = layer[name];
    if (raw === undefined) continue;
    const read = readValue(setting, raw);
    if (read.ok) return [read.value, origin];
    const label = origin === 'environment' ? environmentName(name) : name;
    problems.push(`Cannot use ${label} from ${origin}: ${read.reason}, found ${JSON.stringify(raw)}`);
  }
  return [setting.fallback, 'default'];
}

function fromEnvironment(environment: ConfigSources['environment']): JsonObject {
  const found: Record<string, string> = {};
  for (const name of Object.keys(SETTINGS)) {
    const text = environment[environmentName(name)];
    if (text !== undefined && text !== '') found[name] = text;
  }
  return found;
}

function fromFile(file: string | undefined, problems: string[]): JsonObject {
  if (file === undefined) return {};
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') problems.push(`Cannot read ${file}: ${errnoOf(error)}`);
    return {};
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed)) throw new SyntaxError('not an object');
    for (const key of Object.keys(parsed))
      if (!Object.hasOwn(SETTINGS, key) && key !== '$schema') problems.push(`Cannot use ${key} from ${file}: no such setting`);
    return parsed;
  } catch (error) {
    problems.push(`Cannot read ${file}: ${error instanceof Error ? error.message : 'not JSON'}`);
    return {};
  }
}

function assertConfig(values: Record<string, SettingValue>): asserts values is Record<string, SettingValue> & Config {
  requireAll(values);
}

function assertOrigins(origins: Record<string, Origin>): asserts origins is Record<string, Origin> & Record<SettingName, Origin> {
  requireAll(origins);
}

function requireAll(found: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(SETTINGS)) if (found[name] === undefined) throw new Error(`Cannot resolve ${name}: no value`);
}
