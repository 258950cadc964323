import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseSettings } from '../lib/claude/settings/parse-settings.ts';
import { resolveSettingsPath } from '../lib/claude/settings/settings-path.ts';
import { HOOKS } from '../lib/hook/manifest.ts';
import { createInstalledEntryTest } from './hook-entries.ts';
import { findOtherUsers } from './other-users.ts';
import { hasPlugin } from './plugin.ts';
import { resolveLinks } from './settings-file.ts';
import type { Plan } from './plan.ts';
import type { InstallerContext } from './installer-context.ts';

/** What the user should know about installing as planned; one line each. */
export function collectInstallWarnings(plan: Plan, context: InstallerContext): readonly string[] {
  return [
    ...scopeWarnings(plan, context),
    ...contentWarnings(plan, context),
    ...pluginWarnings(plan, context),
    ...(plan.line.warning === undefined ? [] : [plan.line.warning]),
    ...nodeWarnings(context),
  ];
}

function scopeWarnings(
  { scope, file, target }: Plan,
  context: InstallerContext,
): readonly string[] {
  const others = findOtherUsers(target, context).filter((other) => isRead(other, context));
  const shared = `${file} is shared with all who work on this project, but contains your personal path: ${context.folder.bin}. Prefer --scope local.`;
  const twice = `The hooks are also in ${others.join(' and ')}. Claude Code runs identical commands once, so nothing is recorded twice.`;
  const place = `Claude Code reads ${file} only when it is started in ${context.cwd}.`;
  return [
    ...(scope === 'project' ? [shared] : []),
    ...(scope === 'user' ? [] : [place]),
    ...(others.length > 0 ? [twice] : []),
  ];
}

function pluginWarnings({ file }: Plan, context: InstallerContext): readonly string[] {
  if (!hasPlugin(context)) return [];
  return [
    `The plugin waymark is also enabled. The hooks in ${file} run; those of the plugin exit immediately, so nothing is recorded twice.`,
  ];
}

function contentWarnings({ file, after }: Plan, context: InstallerContext): readonly string[] {
  const tree = parseSettings(after ?? '', file);
  const disabled = `disableAllHooks is true in ${file}: no hook runs until it is removed.`;
  return [
    ...(tree.disableAllHooks ? [disabled] : []),
    ...describeOtherInstallations({ file, after }, context),
  ];
}

/**
 * Hooks in the planned file that belong to a waymark with another state folder; one line for each
 * such folder.
 */
export function describeOtherInstallations(
  { file, after }: Pick<Plan, 'file' | 'after'>,
  context: InstallerContext,
): readonly string[] {
  const tree = parseSettings(after ?? '', file);
  const isOurs = createInstalledEntryTest(context.folder.bin);
  const handlers = tree.events.flatMap((event) =>
    event.groups.flatMap((group) => group.handlers.map((handler) => handler.value)),
  );
  const strangers = new Set(
    handlers
      .filter((handler) => !isOurs(handler))
      .flatMap(({ command }) => (typeof command === 'string' ? otherBin(command) : [])),
  );
  return [...strangers].map(
    (bin) =>
      `${file} also has hooks of another waymark, in ${bin}. To remove those, uninstall with WAYMARK_HOME=${dirname(bin)}.`,
  );
}

function nodeWarnings({ environment, nodeVersion }: InstallerContext): readonly string[] {
  if (!environment['NODE_EXTRA_CA_CERTS'] || Number.parseInt(nodeVersion, 10) >= 22) return [];
  return [
    'NODE_EXTRA_CA_CERTS makes each start of Node 20 about 100 ms slower. The launchers unset it for the hooks, so you need not do anything.',
  ];
}

/** The `bin` of another state folder, if the command is one of its launchers. */
function otherBin(command: string): readonly string[] {
  const bin = dirname(command);
  return HOOKS.some(({ name }) => command === `${bin}/${name}`) && existsSync(`${bin}/package`)
    ? [bin]
    : [];
}

/** Whether a session in this folder reads the file. */
function isRead(file: string, { environment, cwd }: InstallerContext): boolean {
  return (['user', 'project', 'local'] as const).some(
    (scope) => resolveLinks(resolveSettingsPath(scope, environment, cwd)) === file,
  );
}
