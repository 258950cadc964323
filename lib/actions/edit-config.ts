import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyEdits, type FormattingOptions, modify } from 'jsonc-parser';
import type { Setting } from '../config/hook-settings.ts';
import { readValue } from '../config/read-value.ts';
import { SETTINGS, type SettingName } from '../config/settings.ts';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-word.ts';
import { isJsonObject, stripByteOrderMark } from '../core/json.ts';
import { replaceFile } from '../core/replace-file.ts';
import { makePrivateFolder } from '../core/state-folder.ts';

/**
 * Writes one setting into config.json, or takes it out (`undefined`); everything else in the file
 * stays as it is written there. The file is replaced in one step; a running worker takes the change
 * up.
 * @returns whether the file changed.
 * @throws {@link WaymarkError} USAGE for a value that does not fit, CONFIG_INVALID for a file that
 * is not JSON.
 */
export async function editConfig(
  file: string,
  name: SettingName,
  text: string | undefined,
): Promise<boolean> {
  const value = text === undefined ? undefined : accepted(name, text);
  const before = readConfig(file);
  if (text === undefined && !hasKey(before, name)) return false;
  const source = before.trim() === '' ? '{}\n' : before;
  const after = applyEdits(
    source,
    modify(source, [name], value, { formattingOptions: formattingOf(source) }),
  );
  if (after === before) return false;
  write(file, after);
  return true;
}

function accepted(name: SettingName, text: string): unknown {
  const setting: Setting = SETTINGS[name];
  const read = readValue(setting, text);
  if (read.ok && read.problem === undefined) return read.value;
  const reason = read.ok ? read.problem : read.reason;
  const meant = didYouMean(text, setting.choices ?? []);
  throw new WaymarkError('USAGE', `Cannot set ${name} to ${text}: ${reason}${meant}`, {
    remedy: `\`waymark config ${name}\` says what it accepts.`,
  });
}

function readConfig(file: string): string {
  let text: string;
  try {
    text = stripByteOrderMark(readFileSync(file, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw new WaymarkError('CONFIG_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check who owns the file.',
    });
  }
  if (text.trim() === '') return '';
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed)) throw new SyntaxError('it is not an object');
  } catch (error) {
    throw new WaymarkError('CONFIG_INVALID', `Cannot edit ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Fix the file by hand; it was not changed.',
    });
  }
  return text;
}

function hasKey(text: string, name: string): boolean {
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return isJsonObject(parsed) && Object.hasOwn(parsed, name);
}

/** The indentation and line ends that the file has. */
function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function write(file: string, text: string): void {
  try {
    makePrivateFolder(dirname(file));
    replaceFile(file, text.endsWith('\n') ? text : `${text}\n`, {
      mode: (statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777,
    });
  } catch (error) {
    throw new WaymarkError('CONFIG_INVALID', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check free space and who owns the folder.',
    });
  }
}
