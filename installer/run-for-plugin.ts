import { existsSync } from 'node:fs';
import { plural } from '../lib/core/units.ts';
import { shellWord } from '../lib/core/shell-word.ts';
import type { Flags } from './flags.ts';
import { installFiles, type InstalledFiles } from './install.ts';
import { findOtherUsers } from './other-users.ts';
import { hasPlugin, isForPlugin } from './plugin.ts';
import { proveInstallation } from './prove.ts';
import type { Result, SilentRun } from './result.ts';
import type { InstallerContext } from './installer-context.ts';
import { formatProof, formatUninstallNotes, formatWarning } from './texts.ts';
import { uninstallFiles } from './uninstall.ts';

/**
 * Does what the flags say with `--no-settings`: launchers in or out, and no settings file is
 * touched. @throws {@link WaymarkError} as install and uninstall do.
 */
export function runForPlugin(flags: Flags, context: InstallerContext): Promise<SilentRun> {
  if (flags.dryRun) return Promise.resolve(preview(flags, context));
  return flags.uninstall ? uninstallFromFlags(flags, context) : installFromFlags(flags, context);
}

function preview({ uninstall }: Flags, context: InstallerContext): SilentRun {
  const { folder } = context;
  const isIn = isForPlugin(folder.root);
  const line = uninstall
    ? `Would delete the launchers in ${folder.bin}, unless a settings file uses them.`
    : `Would write the launchers into ${folder.bin}. No settings file is changed.`;
  return {
    exitCode: 0,
    result: resultOf(context, { changed: isIn === uninstall }),
    lines: [line, 'Nothing was changed: this was a dry run.'],
  };
}

async function installFromFlags(flags: Flags, context: InstallerContext): Promise<SilentRun> {
  const { folder, command } = context;
  const done = await installFiles(flags.worker, context);
  const changed = done.isNew || done.filesWritten > 0;
  const serving = findOtherUsers('', context);
  const warnings = putInNotes(serving, done.packageFolder, context);
  const hooks = `${done.packageFolder}/templates/plugin/hooks/hooks.json`;
  const isProvable = flags.prove && changed && serving.length === 0;
  const proof = isProvable ? await proveInstallation(hooks, done.packageFolder, context) : null;
  const failed = proof?.ok === false;
  return {
    exitCode: failed ? 1 : 0,
    result: resultOf(context, { changed, warnings, proof }),
    lines: [
      outcome(done, folder.bin),
      ...warnings.map(formatWarning),
      ...(proof === null ? [] : [formatProof(proof)]),
      ...(failed ? [`Run \`${command} doctor\` to see what is wrong.`] : []),
      `Look:  ${command} status`,
      `Undo:  ${command} uninstall --no-settings`,
    ],
  };
}

function outcome({ filesWritten, isNew }: InstalledFiles, bin: string): string {
  if (filesWritten > 0)
    return `Wrote ${plural(filesWritten, 'file')} into ${bin}, for the plugin. No settings file was changed.`;
  return isNew ? `The plugin also uses the launchers in ${bin}.` : `Nothing to change in ${bin}.`;
}

function putInNotes(
  serving: readonly string[],
  packageFolder: string,
  context: InstallerContext,
): readonly string[] {
  const market = existsSync(`${packageFolder}/.claude-plugin/marketplace.json`)
    ? shellWord(packageFolder)
    : 'FOLDER-OF-WAYMARK';
  return [
    ...(serving.length === 0
      ? []
      : [`The hooks in ${serving.join(' and ')} run. Those of the plugin exit immediately.`]),
    ...(hasPlugin(context)
      ? []
      : [
          `No settings file enables the plugin yet. Run: claude plugin marketplace add ${market} && claude plugin install waymark@waymark`,
        ]),
  ];
}

async function uninstallFromFlags(flags: Flags, context: InstallerContext): Promise<SilentRun> {
  const changed = isForPlugin(context.folder.root);
  const done = await uninstallFiles(flags.purge, context);
  const warnings = [
    ...formatUninstallNotes(done, context),
    ...(hasPlugin(context)
      ? ['The plugin is still enabled. Run: claude plugin uninstall waymark@waymark']
      : []),
  ];
  const line = changed
    ? `Removed the launchers from ${context.folder.bin}.`
    : `Nothing was installed for the plugin in ${context.folder.bin}.`;
  const isLeft = done.stillUsedBy.length > 0;
  return {
    exitCode: 0,
    result: resultOf(context, { changed, warnings }),
    lines: [...(isLeft ? [] : [line]), ...warnings],
  };
}

function resultOf(
  { folder }: InstallerContext,
  rest: Pick<Result, 'changed'> & Partial<Pick<Result, 'warnings' | 'proof'>>,
): Result {
  return {
    scope: 'plugin',
    file: folder.bin,
    added: 0,
    removed: 0,
    statusLine: false,
    backup: null,
    diff: '',
    warnings: [],
    proof: null,
    ...rest,
  };
}
