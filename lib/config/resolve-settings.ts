import { readFileSync, statSync } from 'node:fs';
import { errnoOf, reasonOf } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { environmentName } from './environment-name.ts';
import type { Setting, SettingValue } from './hook-settings.ts';
import { readValue } from './read-value.ts';

/** Where a value came from, in rising precedence. */
export type Origin = 'default' | 'user file' | 'project file' | 'environment' | 'flag';

export type SettingsTable = Readonly<Record<string, Setting>>;

type Widened<T> = T extends boolean
  ? boolean
  : T extends number
    ? number
    : T extends string
      ? string
      : readonly string[];

/** The value of every setting of a table, typed by its default. */
export type ValuesOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table]: Widened<Table[Name]['fallback']>;
};

export interface Resolved<Table extends SettingsTable> {
  readonly values: ValuesOf<Table>;
  readonly origins: { readonly [Name in keyof Table]: Origin };
  /** One line for each value that was refused; the next lower source holds instead. */
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
 * Resolves the settings of one table: flag, then environment, then project file, then user file, then default.
 * A value that does not fit is skipped and named in `problems`; the caller decides whether that is fatal. Never throws.
 * @param onKey Called with each key in a file, so that a caller who knows all names can report the unknown ones.
 */
export function resolveSettings<Table extends SettingsTable>(
  table: Table,
  sources: ConfigSources,
  onKey?: (key: string, file: string, problems: string[]) => void,
): Resolved<Table> {
  const problems: string[] = [];
  const fromFile = (file: string | undefined): JsonObject => readConfigFile(file, problems, onKey);
  const all: readonly Layer[] = [
    { origin: 'flag', values: sources.flags ?? {} },
    { origin: 'environment', values: fromEnvironment(table, sources.environment) },
    { origin: 'project file', values: fromFile(sources.projectFile) },
    { origin: 'user file', values: fromFile(sources.userFile) },
  ];
  const layers = all.filter((layer) => Object.keys(layer.values).length > 0);
  const values: Record<string, SettingValue> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, setting] of Object.entries(table))
    [values[name], origins[name]] = pick(name, setting, layers, problems);
  if (!holdsValues(table, values) || !holdsOrigins(table, origins))
    throw new Error('Cannot resolve settings: a value is missing');
  return { values, origins, problems };
}

interface Layer {
  readonly origin: Origin;
  readonly values: JsonObject;
}

function pick(
  name: string,
  setting: Setting,
  layers: readonly Layer[],
  problems: string[],
): readonly [SettingValue, Origin] {
  for (const { origin, values } of layers) {
    const raw = values[name];
    if (raw === undefined) continue;
    const read = readValue(setting, raw);
    if (read.ok) return [read.value, origin];
    const label = origin === 'environment' ? environmentName(name) : name;
    problems.push(
      `Cannot use ${label} from ${origin}: ${read.reason}, found ${JSON.stringify(raw)}`,
    );
  }
  return [setting.fallback, 'default'];
}

function fromEnvironment(
  table: SettingsTable,
  environment: ConfigSources['environment'],
): JsonObject {
  const found: Record<string, string> = {};
  for (const name of Object.keys(table)) {
    const text = environment[environmentName(name)];
    if (text !== undefined && text !== '') found[name] = text;
  }
  return found;
}

/** Asks first whether the file is there: an exception for each missing file is what a hook would pay most for. */
function readConfigFile(
  file: string | undefined,
  problems: string[],
  onKey: ((key: string, file: string, problems: string[]) => void) | undefined,
): JsonObject {
  if (file === undefined) return {};
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return {};
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isJsonObject(parsed)) throw new SyntaxError('not an object');
    if (onKey !== undefined) for (const key of Object.keys(parsed)) onKey(key, file, problems);
    return parsed;
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return {}; // a plain file has the name of the folder
    problems.push(`Cannot read ${file}: ${errnoOf(error) || reasonOf(error)}`);
    return {};
  }
}

function holdsValues<Table extends SettingsTable>(
  table: Table,
  values: Readonly<Record<string, unknown>>,
): values is ValuesOf<Table> {
  return Object.keys(table).every((name) => values[name] !== undefined);
}

function holdsOrigins<Table extends SettingsTable>(
  table: Table,
  origins: Readonly<Record<string, unknown>>,
): origins is { readonly [Name in keyof Table]: Origin } {
  return Object.keys(table).every((name) => origins[name] !== undefined);
}
