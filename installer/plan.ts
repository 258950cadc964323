import { existsSync } from 'node:fs';
import { mergeHooks } from '../lib/claude/settings/merge-hooks.ts';
import { findStatusLine, removeStatusLine } from '../lib/claude/settings/status-line.ts';
import { removeHooks } from '../lib/claude/settings/remove-hooks.ts';
import { diffSettings } from '../lib/claude/settings/settings-diff.ts';
import { resolveSettingsPath, type Scope } from '../lib/claude/settings/settings-path.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { createHookEntries, createInstalledEntryTest } from './hook-entries.ts';
import { readRecord, sha256, type InstallRecord } from './install-record.ts';
import { readSettingsFile, resolveLinks } from './settings-file.ts';
import { type StatusLinePlan, createOwnLineTest, planStatusLine } from './status-line.ts';
import type { InstallerContext } from './installer-context.ts';

/** What would be done to one settings file. */
export interface Plan {
  readonly scope: Scope;
  /** As Claude Code names it, and with links followed. */
  readonly file: string;
  readonly target: string;
  /** `undefined` where there is no file, before or after. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changed: boolean;
  /** Entries of waymark. */
  readonly added: number;
  readonly removed: number;
  /** Our status line, before and after. */
  readonly hadLine: boolean;
  readonly line: Omit<StatusLinePlan, 'text'>;
  /** Unified; `''` when nothing changes. */
  readonly diff: string;
  readonly record: InstallRecord | undefined;
}

/**
 * What installing these features would change. Touches nothing.
 * @param chosen Left out: what was chosen before, else all.
 * @param statusLine Left out: as before, else no.
 * @throws {@link WaymarkError} SETTINGS_INVALID or SETTINGS_UNWRITABLE.
 */
export function planInstall(
  scope: Scope,
  chosen: readonly Feature[] | undefined,
  context: InstallerContext,
  statusLine?: boolean,
): Plan {
  const found = findSettings(scope, context);
  const entries = createHookEntries(resolveFeatures(chosen, found.record), context);
  const merged = mergeHooks(
    found.before ?? '',
    entries,
    createInstalledEntryTest(context.folder.bin, found.record?.names),
    found.file,
  );
  const withHooks = merged.added + merged.removed === 0 ? found.before : merged.text;
  const { text, ...line } = planStatusLine(
    withHooks ?? '',
    statusLine ?? found.record?.statusLine ?? false,
    found.record,
    found.file,
    context,
  );
  return complete(
    found,
    text === (withHooks ?? '') ? withHooks : text,
    { ...merged, line },
    context,
  );
}

/**
 * What uninstalling would change: restores the first file byte for byte if no other program wrote
 * since, else removes our own entries. Touches nothing.
 * @throws {@link WaymarkError} SETTINGS_INVALID or SETTINGS_UNWRITABLE.
 */
export function planUninstall(scope: Scope, context: InstallerContext): Plan {
  const found = findSettings(scope, context);
  const { before, record } = found;
  if (before === undefined)
    return complete(found, undefined, { added: 0, removed: 0, line: NO_LINE }, context);
  const cleaned = removeHooks(
    before,
    createInstalledEntryTest(context.folder.bin, record?.names),
    found.file,
  );
  const counts = { added: 0, removed: cleaned.removed, line: NO_LINE };
  const text = removeStatusLine(
    cleaned.text,
    createOwnLineTest(context),
    record?.ownStatusLine,
    found.file,
  );
  if (record?.sha256 !== sha256(before)) return complete(found, text, counts, context);
  if (!record.existed) return complete(found, undefined, counts, context);
  const first = record.firstBackup;
  return complete(
    found,
    first !== undefined && existsSync(first) ? readSettingsFile(first) : text,
    counts,
    context,
  );
}

/** What is installed when these features are asked for, in the order of the manifest. */
export function resolveFeatures(
  chosen: readonly Feature[] | undefined,
  record: InstallRecord | undefined,
): readonly Feature[] {
  const wanted: readonly string[] = chosen ?? record?.features ?? FEATURES;
  return FEATURES.filter((feature) => wanted.includes(feature));
}

type Found = Pick<Plan, 'scope' | 'file' | 'target' | 'before' | 'record'>;

function findSettings(scope: Scope, { environment, cwd, folder }: InstallerContext): Found {
  const file = resolveSettingsPath(scope, environment, cwd);
  const target = resolveLinks(file);
  return {
    scope,
    file,
    target,
    before: readSettingsFile(target),
    record: readRecord(folder.root, target),
  };
}

const NO_LINE: Plan['line'] = { isIn: false, own: undefined, warning: undefined };

function complete(
  found: Found,
  after: string | undefined,
  { added, removed, line }: Pick<Plan, 'added' | 'removed' | 'line'>,
  context: InstallerContext,
): Plan {
  const command =
    found.before === undefined ? undefined : findStatusLine(found.before, found.file)?.command;
  const hadLine = command !== undefined && createOwnLineTest(context)(command);
  return {
    ...found,
    after,
    added,
    removed,
    hadLine,
    line,
    changed: after !== found.before,
    diff: diffSettings(found.file, found.before, after),
  };
}
