import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyEdits, type FormattingOptions, modify } from 'jsonc-parser';
import type { Setting } from '../config/hook-settings.ts';
import { readValue } from '../config/read-value.ts';
import { type Config, resolveConfig } from '../config/resolve.ts';
import { SETTINGS, type SettingName } from '../config/settings.ts';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-word.ts';
import { isJsonObject, stripByteOrderMark } from '../core/json.ts';
import { replaceIfSame } from '../core/replace-file.ts';
import { makePrivateFolder } from '../core/state-folder.ts';
import { withLock } from '../core/with-lock.ts';

/** Half a minute, by the delays of the lock. */
const LOCK_TRIES = 60;

/** How often an edit is made again when an editor wrote the file meanwhile. */
const EDIT_TRIES = 5;

/** The setting stays as it is written. */
export const KEEP = Symbol('keep');

/** Returns the new value as text; `undefined` takes the setting out. */
type Change = (values: Config) => string | typeof KEEP | undefined;

/**
 * Writes one setting into config.json, or takes it out; everything else in the file stays as it is
 * written there. The file is replaced in one step; a running worker takes the change up. Edits at
 * the same time are made one after the other, and what an editor writes meanwhile is kept.
 * @param change Gets the values of the file as it is when it is edited; may be called again.
 * @returns whether the file changed.
 * @throws {@link WaymarkError} USAGE for a value that does not fit, CONFIG_INVALID for a file that
 * is not JSON, SETTINGS_UNWRITABLE while another program holds its lock.
 */
export async function editConfig(
  file: string,
  name: SettingName,
  change: Change,
): Promise<boolean> {
  makePrivateFolder(dirname(file));
  return withLock(file, LOCK_TRIES, () => {
    for (let tries = 0; tries < EDIT_TRIES; tries += 1) {
      const raw = readConfig(file);
      const source = requireObject(file, raw ?? '');
      const text = change(valuesOf(file));
      const after = text === KEEP ? undefined : editedText(source, name, text);
      if (after === undefined) return false;
      if (write(file, raw, after)) return true;
    }
    throw new WaymarkError('CONFIG_INVALID', `Cannot edit ${file}: another program writes it`, {
      remedy: 'Run the command again when that program has ended.',
    });
  });
}

function valuesOf(file: string): Config {
  return resolveConfig({ environment: {}, userFile: file }).values;
}

/** @returns the text of the file with the change; `undefined` where it changes nothing. */
function editedText(
  before: string,
  name: SettingName,
  text: string | undefined,
): string | undefined {
  const value = text === undefined ? undefined : accepted(name, text);
  if (text === undefined && !hasKey(before, name)) return undefined;
  const source = before.trim() === '' ? '{}\n' : before;
  const edits = modify(source, [name], value, { formattingOptions: formattingOf(source) });
  const after = applyEdits(source, edits);
  return after === before ? undefined : after;
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

function readConfig(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new WaymarkError('CONFIG_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check who owns the file.',
    });
  }
}

/** @returns the text without a byte order mark, or `''` where it has nothing. */
function requireObject(file: string, raw: string): string {
  const text = stripByteOrderMark(raw);
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

/** @returns whether the file was still as it was read. */
function write(file: string, before: string | undefined, text: string): boolean {
  try {
    return replaceIfSame(file, before, text.endsWith('\n') ? text : `${text}\n`, {
      mode: (statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777,
    });
  } catch (error) {
    throw new WaymarkError('CONFIG_INVALID', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check free space and who owns the folder.',
    });
  }
}
