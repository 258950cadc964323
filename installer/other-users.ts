import { findStatusLine } from '../lib/claude/settings/status-line.ts';
import { removeHooks } from '../lib/claude/settings/remove-hooks.ts';
import { SCOPES, settingsPath } from '../lib/claude/settings/settings-path.ts';
import { ownEntries } from './hook-entries.ts';
import { listRecords } from './install-record.ts';
import { readSettingsFile, targetOf } from './settings-file.ts';
import { ownLine } from './status-line.ts';
import type { Surroundings } from './surroundings.ts';

/** Settings files other than `target` that name launchers of this state folder: all that were ever recorded, and those of this folder and user. */
export function otherUsers(target: string, around: Surroundings): readonly string[] {
  const recorded = listRecords(around.folder.root);
  const names = recorded.flatMap((record) => record.names);
  const near = SCOPES.map((scope) => settingsPath(scope, around.environment, around.cwd));
  const files = new Set(
    [...recorded.map((record) => record.file), ...near].flatMap((file) => followed(file)),
  );
  files.delete(target);
  return [...files].filter((file) => uses(file, names, around));
}

function uses(file: string, names: readonly string[], around: Surroundings): boolean {
  const { bin } = around.folder;
  let text: string | undefined;
  try {
    text = readSettingsFile(file);
    if (text === undefined) return false;
    const command = findStatusLine(text)?.command;
    return (
      removeHooks(text, ownEntries(bin, names)).removed > 0 ||
      (command !== undefined && ownLine(around)(command))
    );
  } catch {
    return text?.includes(bin) ?? false; // broken for now; when its owner repairs it, the launchers must be there
  }
}

function followed(file: string): readonly string[] {
  try {
    return [targetOf(file)];
  } catch {
    return []; // a loop of links, or a folder that may not be looked into: no client reads it either
  }
}
