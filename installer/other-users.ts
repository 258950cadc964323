import { findStatusLine } from '../lib/claude/settings/status-line.ts';
import { removeHooks } from '../lib/claude/settings/remove-hooks.ts';
import { SCOPES, resolveSettingsPath } from '../lib/claude/settings/settings-path.ts';
import { createInstalledEntryTest } from './hook-entries.ts';
import { listRecords } from './install-record.ts';
import { readSettingsFile, resolveLinks } from './settings-file.ts';
import { createOwnLineTest } from './status-line.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * Settings files other than `target` that name launchers of this state folder: all that were ever
 * recorded, and those of this folder and user.
 */
export function findOtherUsers(target: string, context: InstallerContext): readonly string[] {
  const recorded = listRecords(context.folder.root);
  const names = recorded.flatMap((record) => record.names);
  const near = SCOPES.map((scope) => resolveSettingsPath(scope, context.environment, context.cwd));
  const files = new Set(
    [...recorded.map((record) => record.file), ...near].flatMap((file) => followed(file)),
  );
  files.delete(target);
  return [...files].filter((file) => uses(file, names, context));
}

function uses(file: string, names: readonly string[], context: InstallerContext): boolean {
  const { bin } = context.folder;
  let text: string | undefined;
  try {
    text = readSettingsFile(file);
    if (text === undefined) return false;
    const command = findStatusLine(text)?.command;
    return (
      removeHooks(text, createInstalledEntryTest(bin, names)).removed > 0 ||
      (command !== undefined && createOwnLineTest(context)(command))
    );
  } catch {
    // broken for now; when its owner repairs it, the launchers must be there
    return text?.includes(bin) ?? false;
  }
}

function followed(file: string): readonly string[] {
  try {
    return [resolveLinks(file)];
  } catch {
    // a loop of links, or a folder that may not be looked into: no client reads it either
    return [];
  }
}
