import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ownEntryTest } from '../../claude/settings/own-entry.ts';
import { parseSettings } from '../../claude/settings/parse-settings.ts';
import { realPathOr, type StateFolder } from '../../core/state-folder.ts';
import { HOOKS } from '../../hook/manifest.ts';

/** A hook of ours as settings.json names it: what Claude Code would start, without a shell. */
export interface WiredHook {
  readonly event: string;
  /** Ours, as in the manifest. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export interface WiredSettings {
  readonly hooks: readonly WiredHook[];
  readonly disableAllHooks: boolean;
}

/**
 * Our entries in a settings file.
 * @throws {@link WaymarkError} SETTINGS_INVALID; the errno when the file cannot be read.
 */
export function readWiredHooks(file: string, folder: StateFolder): WiredSettings {
  const tree = parseSettings(readFileSync(file, 'utf8'), file);
  const isOwn = ownEntryTest(
    [...new Set([folder.bin, realPathOr(folder.bin)])],
    HOOKS.map((hook) => hook.name),
  );
  const hooks = tree.events.flatMap((event) =>
    event.groups.flatMap((group) =>
      group.handlers
        .filter((handler) => isOwn(handler.value))
        .map((handler) => wiredHook(event.name, handler.value)),
    ),
  );
  return { hooks, disableAllHooks: tree.disableAllHooks };
}

function wiredHook(event: string, handler: Readonly<Record<string, unknown>>): WiredHook {
  const command = String(handler['command']);
  const found: unknown = handler['args'];
  const args = Array.isArray(found) ? found.map(String) : [];
  return {
    event,
    name: basename((args[0] ?? command).replaceAll('\\', '/'), '.cjs'),
    command,
    args,
  };
}
