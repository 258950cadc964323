import { lstatSync } from 'node:fs';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import { readPlainFile } from '../core/read-plain-file.ts';
import type { Setting, SettingValue } from './hook-settings.ts';

/**
 * Settings that `.claude/waymark.json` of a project may set, and in which range. The file comes
 * with the repository: its author is not the user.
 */
export const PROJECT_SETTINGS: Readonly<Record<string, Pick<Setting, 'range'>>> = {
  checkpointInterval: { range: [10, 600] },
  durability: {},
};

/** Largest file to read. */
const FILE_LIMIT = 65_536;

/**
 * Reads the settings of a project from its file. Ignores all other keys. Follows no link, neither
 * for the file nor for its folder: a link could lead to any file of the user's, and no byte of such
 * a file may be shown. Never throws, never waits.
 * @param onIgnored Called with the ignored keys, if there are any.
 */
export function readProjectFile(
  file: string | undefined,
  problems: string[],
  onIgnored: ((keys: readonly string[]) => void) | undefined,
): JsonObject {
  const read = file === undefined ? undefined : readPlainFile(file, { maxBytes: FILE_LIMIT });
  if (file === undefined || read === undefined) return {};
  const refuse = (reason: string): JsonObject => {
    problems.push(`Cannot read ${file}: ${reason}`);
    return {};
  };
  if (isLink(file.slice(0, file.lastIndexOf('/')))) return refuse('its folder is a symbolic link');
  if ('problem' in read) return refuse(read.problem);
  const parsed = parseJson(read.text);
  if (!isJsonObject(parsed)) return refuse('it is not a JSON object');
  const ignored = Object.keys(parsed).filter(
    (key) => !Object.hasOwn(PROJECT_SETTINGS, key) && key !== '$schema',
  );
  if (ignored.length > 0) onIgnored?.(ignored);
  return Object.fromEntries(
    Object.entries(parsed).filter(([key]) => Object.hasOwn(PROJECT_SETTINGS, key)),
  );
}

/** Returns the setting with the range that a project may use. */
export function limitForProject(name: string, setting: Setting): Setting {
  return { ...setting, ...PROJECT_SETTINGS[name] };
}

/**
 * Whether a project may replace the current value with `value`: it may only choose a stricter one.
 */
export function isRaise(
  name: string,
  { choices }: Setting,
  value: SettingValue,
  below: SettingValue,
): boolean {
  return (
    Object.hasOwn(PROJECT_SETTINGS, name) &&
    (choices === undefined || choices.indexOf(String(value)) > choices.indexOf(String(below)))
  );
}

function isLink(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
