import { reasonOf } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { readPlainFile } from '../core/read-plain-file.ts';
import { headOf } from '../core/text.ts';
import { environmentName } from './environment-name.ts';
import { limitForProject, isRaise, readProjectFile } from './project-file.ts';
import type { Setting, SettingValue } from './hook-settings.ts';
import { readValue } from './read-value.ts';

/** Where a value came from, lowest precedence first. */
export type Origin = 'default' | 'user file' | 'project file' | 'environment' | 'flag';

export type SettingsTable = Readonly<Record<string, Setting>>;

type Widened<T> = T extends boolean
  ? boolean
  : T extends number
    ? number
    : T extends string
      ? string
      : readonly string[];

/** The values of all settings of a table, typed by their defaults. */
export type ValuesOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table]: Widened<Table[Name]['fallback']>;
};

export interface Resolved<Table extends SettingsTable> {
  readonly values: ValuesOf<Table>;
  readonly origins: { readonly [Name in keyof Table]: Origin };
  /** One line per rejected value. The next lower source applies instead. */
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
 * Resolves the settings of one table. Precedence: flag, environment, project file, user file,
 * default. A project file may set little, see {@link readProjectFile}. Skips an invalid value and
 * names it in `problems`; the caller decides whether that is fatal. Never throws.
 * @param onKey Called with each key in the user file, so that a caller that knows all names can
 * report unknown ones.
 * @param onIgnored Called with the keys that a project may not set.
 */
export function resolveSettings<Table extends SettingsTable>(
  table: Table,
  sources: ConfigSources,
  onKey?: (key: string, file: string, problems: string[]) => void,
  onIgnored?: (keys: readonly string[], problems: string[]) => void,
): Resolved<Table> {
  const problems: string[] = [];
  const fromProject = (): JsonObject =>
    readProjectFile(
      sources.projectFile,
      problems,
      onIgnored && ((keys) => onIgnored(keys, problems)),
    );
  const all: readonly Layer[] = [
    { origin: 'flag', values: sources.flags ?? {} },
    { origin: 'environment', values: fromEnvironment(table, sources.environment) },
    { origin: 'project file', values: fromProject() },
    { origin: 'user file', values: readUserFile(sources.userFile, problems, onKey) },
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
  for (const [index, { origin, values }] of layers.entries()) {
    const raw = values[name];
    if (raw === undefined) continue;
    const isProject = origin === 'project file';
    const read = readValue(isProject ? limitForProject(name, setting) : setting, raw);
    const reason = read.ok ? read.problem : read.reason;
    if (reason !== undefined) problems.push(refusal(name, origin, reason, raw));
    if (!read.ok) continue;
    if (!isProject) return [read.value, origin];
    const below = pick(name, setting, layers.slice(index + 1), problems);
    if (isRaise(name, setting, read.value, below[0])) return [read.value, origin];
    if (read.value !== below[0])
      problems.push(`Cannot use ${name} from ${origin}: a project may only raise it`);
    return below;
  }
  return [setting.fallback, 'default'];
}

/** Most characters of a value that a message repeats. */
const VALUE_LIMIT = 80;

/** In an address. */
const PASSWORD = /(:\/\/[^:/@\s"]*:)[^@\s"]*@/g;

function refusal(name: string, origin: Origin, reason: string, raw: unknown): string {
  const label = origin === 'environment' ? environmentName(name) : name;
  const found = headOf(JSON.stringify(raw).replaceAll(PASSWORD, '$1…@'), VALUE_LIMIT);
  return `Cannot use ${label} from ${origin}: ${headOf(reason, VALUE_LIMIT * 2)}, found ${found}`;
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

/** Far more than all settings need. */
const USER_FILE_LIMIT = 1 << 20;

/** Reads the user file. It may be a link. */
function readUserFile(
  file: string | undefined,
  problems: string[],
  onKey: ((key: string, file: string, problems: string[]) => void) | undefined,
): JsonObject {
  if (file === undefined) return {};
  const read = readPlainFile(file, { maxBytes: USER_FILE_LIMIT, followsLinks: true });
  if (read === undefined) return {};
  try {
    if ('problem' in read) throw new Error(read.problem);
    const parsed: unknown = JSON.parse(read.text);
    if (!isJsonObject(parsed)) throw new SyntaxError('not an object');
    if (onKey !== undefined) for (const key of Object.keys(parsed)) onKey(key, file, problems);
    return parsed;
  } catch (error) {
    problems.push(`Cannot read ${file}: ${headOf(reasonOf(error), VALUE_LIMIT * 2)}`);
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
