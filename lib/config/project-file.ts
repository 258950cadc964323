import { lstatSync } from 'node:fs';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import { readPlain } from '../core/read-plain.ts';
import type { Setting, SettingValue } from './hook-settings.ts';

/** What `.claude/waymark.json` of a project may set, and how far. It comes with the repository: whoever wrote it is not the user. */
export const MAY_SET: Readonly<Record<string, Pick<Setting, 'range'>>> = {
  checkpointInterval: { range: [10, 600] },
  durability: {},
};

/** Largest file that is read. */
const FILE_LIMIT = 65_536;

/**
 * The settings that a project may make, from its file. Everything else in it is ignored. The file and its folder must be no links: they could lead to any file of
 * the user's, and no byte of such a file may be shown. Never throws, never waits.
 * @param onIgnored Called with the keys that are ignored, if there are any.
 */
export function readProjectFile(
  file: string | undefined,
  problems: string[],
  onIgnored: ((keys: readonly string[]) => void) | undefined,
): JsonObject {
  const read = file === undefined ? undefined : readPlain(file, { mostBytes: FILE_LIMIT });
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
    (key) => !Object.hasOwn(MAY_SET, key) && key !== '$schema',
  );
  if (ignored.length > 0) onIgnored?.(ignored);
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => Object.hasOwn(MAY_SET, key)));
}

/** The setting with the range that a project has. */
export function forProject(name: string, setting: Setting): Setting {
  return { ...setting, ...MAY_SET[name] };
}

/** Whether a project may put `value` in place of what holds without it: a choice may only be raised. */
export function isRaise(
  name: string,
  { choices }: Setting,
  value: SettingValue,
  below: SettingValue,
): boolean {
  return (
    Object.hasOwn(MAY_SET, name) &&
    (choices === undefined || choices.indexOf(String(value)) > choices.indexOf(String(below)))
  );
}

function isLink(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
