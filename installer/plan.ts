import { existsSync } from 'node:fs';
import { mergeHooks } from '../lib/claude/settings/merge-hooks.ts';
import { removeHooks } from '../lib/claude/settings/remove-hooks.ts';
import { settingsDiff } from '../lib/claude/settings/settings-diff.ts';
import { settingsPath, type Scope } from '../lib/claude/settings/settings-path.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { hookEntries, ownEntries } from './hook-entries.ts';
import { readRecord, sha256, type InstallRecord } from './install-record.ts';
import { readSettingsFile, targetOf } from './settings-file.ts';
import type { Surroundings } from './surroundings.ts';

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
  /** Entries of ours. */
  readonly added: number;
  readonly removed: number;
  /** Unified; `''` when nothing changes. */
  readonly diff: string;
  readonly record: InstallRecord | undefined;
}

/**
 * What installing these features would change. Touches nothing.
 * @param chosen Left out: what was chosen before, else all.
 * @throws {@link WaymarkError} SETTINGS_INVALID or SETTINGS_UNWRITABLE.
 */
export function planInstall(scope: Scope, chosen: readonly Feature[] | undefined, around: Surroundings): Plan {
  const found = findSettings(scope, around);
  const entries = hookEntries(chosenFeatures(chosen, found.record), around);
  const merged = mergeHooks(found.before ?? '', entries, ownEntries(around.folder.bin, found.record?.names), found.file);
  return complete(found, merged.added + merged.removed === 0 ? found.before : merged.text, merged);
}

/**
 * What uninstalling would change: the first file comes back byte for byte if nobody else wrote since, else our own entries go.
 * Touches nothing.
 * @throws {@link WaymarkError} SETTINGS_INVALID or SETTINGS_UNWRITABLE.
 */
export function planUninstall(scope: Scope, around: Surroundings): Plan {
  const found = findSettings(scope, around);
  const { before, record } = found;
  if (before === undefined) return complete(found, undefined, { added: 0, removed: 0 });
  const cleaned = removeHooks(before, ownEntries(around.folder.bin, record?.names), found.file);
  const counts = { added: 0, removed: cleaned.removed };
  if (record?.sha256 !== sha256(before)) return complete(found, cleaned.text, counts);
  if (!record.existed) return complete(found, undefined, counts);
  const first = record.firstBackup;
  return complete(found, first !== undefined && existsSync(first) ? readSettingsFile(first) : cleaned.text, counts);
}

/** What is installed when these features are asked for, in the order of the manifest. */
export function chosenFeatures(chosen: readonly Feature[] | undefined, record: InstallRecord | undefined): readonly Feature[] {
  const wanted: readonly string[] = chosen ?? record?.features ?? FEATURES;
  return FEATURES.filter((feature) => wanted.includes(feature));
}

type Found = Pick<Plan, 'scope' | 'file' | 'target' | 'before' | 'record'>;

function findSettings(scope: Scope, { environment, cwd, folder }: Surroundings): Found {
  const file = settingsPath(scope, environment, cwd);
  const target = targetOf(file);
  return { scope, file, target, before: readSettingsFile(target), record: readRecord(folder.root, target) };
}

function complete(found: Found, after: string | undefined, counts: { readonly added: number; readonly removed: number }): Plan {
  const { added, removed } = counts;
  return { ...found, after, added, removed, changed: after !== found.before, diff: settingsDiff(found.file, found.before, after) };
}
