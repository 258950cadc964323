import { createOwnEntryTest, type OwnEntryTest } from '../lib/claude/settings/own-entry.ts';
import type { HookEntry } from '../lib/claude/settings/merge-hooks.ts';
import { realPathOr } from '../lib/core/state-folder.ts';
import { HOOKS, type Feature } from '../lib/hook/manifest.ts';
import { HOOK_TIMEOUT_S } from '../lib/hook/read-input.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * What settings.json must hold for these features, in the order of the manifest. Exec form: no
 * shell reads the path.
 */
export function createHookEntries(
  features: readonly Feature[],
  { folder, platform, node }: Pick<InstallerContext, 'folder' | 'platform' | 'node'>,
): readonly HookEntry[] {
  return HOOKS.filter((hook) => features.includes(hook.feature)).map(({ event, name, matcher }) => {
    const launcher = `${folder.bin}/${name}`;
    const started =
      platform === 'win32'
        ? { command: node, args: [`${launcher}.cjs`] }
        : { command: launcher, args: [] };
    return {
      event,
      ...(matcher === undefined ? {} : { matcher }),
      handler: { type: 'command', ...started, timeout: HOOK_TIMEOUT_S },
    };
  });
}

/**
 * Recognises entries of this state folder. `recorded` are names that an earlier or later version
 * installed.
 */
export function createInstalledEntryTest(
  bin: string,
  recorded: readonly string[] = [],
): OwnEntryTest {
  return createOwnEntryTest([...new Set([bin, realPathOr(bin)])], listHookNames(recorded));
}

/** Names of our hooks in all versions known here. */
export function listHookNames(recorded: readonly string[] = []): readonly string[] {
  return [...new Set([...HOOKS.map((hook) => hook.name), ...recorded])];
}
