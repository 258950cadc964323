import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseSettings } from '../lib/claude/settings/parse-settings.ts';
import { settingsPath } from '../lib/claude/settings/settings-path.ts';
import { HOOKS } from '../lib/hook/manifest.ts';
import { ownEntries } from './hook-entries.ts';
import { otherUsers } from './other-users.ts';
import { hasPlugin } from './plugin.ts';
import { targetOf } from './settings-file.ts';
import type { Plan } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

/** What the user should know about installing as planned; one line each. */
export function installWarnings(plan: Plan, around: Surroundings): readonly string[] {
  return [
    ...scopeWarnings(plan, around),
    ...contentWarnings(plan, around),
    ...pluginWarnings(plan, around),
    ...(plan.line.warning === undefined ? [] : [plan.line.warning]),
    ...nodeWarnings(around),
  ];
}

function scopeWarnings({ scope, file, target }: Plan, around: Surroundings): readonly string[] {
  const others = otherUsers(target, around).filter((other) => isRead(other, around));
  const shared = `${file} is shared with everybody who works on this project, but names a folder of yours: ${around.folder.bin}. Prefer --scope local.`;
  const twice = `The hooks are also in ${others.join(' and ')}. Claude Code runs identical commands once, so nothing is recorded twice.`;
  const place = `Claude Code reads ${file} only when it is started in ${around.cwd}.`;
  return [
    ...(scope === 'project' ? [shared] : []),
    ...(scope === 'user' ? [] : [place]),
    ...(others.length > 0 ? [twice] : []),
  ];
}

function pluginWarnings({ file }: Plan, around: Surroundings): readonly string[] {
  if (!hasPlugin(around)) return [];
  return [
    `The plugin waymark is enabled, too. The hooks in ${file} run; those of the plugin end at once, so nothing is recorded twice.`,
  ];
}

function contentWarnings({ file, after }: Plan, around: Surroundings): readonly string[] {
  const tree = parseSettings(after ?? '', file);
  const disabled = `disableAllHooks is true in ${file}: no hook runs until it is removed.`;
  return [...(tree.disableAllHooks ? [disabled] : []), ...strangerNotes({ file, after }, around)];
}

/** Hooks in the planned file that belong to a waymark with another state folder; one line for each such folder. */
export function strangerNotes(
  { file, after }: Pick<Plan, 'file' | 'after'>,
  around: Surroundings,
): readonly string[] {
  const tree = parseSettings(after ?? '', file);
  const isOurs = ownEntries(around.folder.bin);
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
      `${file} also holds hooks of another waymark, in ${bin}. To remove those, uninstall with WAYMARK_HOME=${dirname(bin)}.`,
  );
}

function nodeWarnings({ environment, nodeVersion }: Surroundings): readonly string[] {
  if (!environment['NODE_EXTRA_CA_CERTS'] || Number.parseInt(nodeVersion, 10) >= 22) return [];
  return [
    'NODE_EXTRA_CA_CERTS makes each start of Node 20 slower by about 100 ms. The launchers leave it out for the hooks; there is nothing to do.',
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
function isRead(file: string, { environment, cwd }: Surroundings): boolean {
  return (['user', 'project', 'local'] as const).some(
    (scope) => targetOf(settingsPath(scope, environment, cwd)) === file,
  );
}
