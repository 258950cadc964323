import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createOwnEntryTest } from '../../claude/settings/own-entry.ts';
import { parseSettings } from '../../claude/settings/parse-settings.ts';
import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import { realPathOr, type StateFolder } from '../../core/state-folder.ts';
import { HOOKS } from '../../hook/manifest.ts';

/** A hook of waymark as settings.json names it: what Claude Code would start, without a shell. */
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

/** What the hooks of our plugin run; see `templates/plugin/hooks/hooks.json`. */
const PLUGIN_ROOT = `\${CLAUDE_PLUGIN_ROOT}`;
const PLUGIN_PROGRAM = `${PLUGIN_ROOT}/bin/waymark`;

/**
 * Our entries in a settings file, or in the `hooks.json` of our plugin.
 * @throws {@link WaymarkError} SETTINGS_INVALID; the errno when the file cannot be read.
 */
export function readWiredHooks(file: string, folder: StateFolder): WiredSettings {
  const tree = parseSettings(readSettings(file), file);
  const isOwn = createOwnEntryTest(
    [...new Set([folder.bin, realPathOr(folder.bin)])],
    HOOKS.map((hook) => hook.name),
  );
  const hooks = tree.events.flatMap((event) =>
    event.groups.flatMap((group) =>
      group.handlers
        .filter(({ value }) => isOwn(value) || value['command'] === PLUGIN_PROGRAM)
        .map(({ value }) => wiredHook(event.name, value, dirname(dirname(file)))),
    ),
  );
  return { hooks, disableAllHooks: tree.disableAllHooks };
}

function readSettings(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'there is no such file' : reasonOf(error);
    throw new WaymarkError('SETTINGS_INVALID', `Cannot read ${file}: ${reason}`, { cause: error });
  }
}

function wiredHook(
  event: string,
  handler: Readonly<Record<string, unknown>>,
  pluginRoot: string,
): WiredHook {
  const command = String(handler['command']).replace(PLUGIN_ROOT, () => pluginRoot);
  const found: unknown = handler['args'];
  const args = Array.isArray(found) ? found.map(String) : [];
  const script = args[0] === '--hook' ? args[1] : args[0];
  return {
    event,
    name: basename((script ?? command).replaceAll('\\', '/'), '.cjs'),
    command,
    args,
  };
}
