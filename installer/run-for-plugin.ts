import { existsSync } from 'node:fs';
import { plural } from '../lib/core/units.ts';
import { shellWord } from '../lib/core/shell-word.ts';
import type { Flags } from './flags.ts';
import { installFiles, type InstalledFiles } from './install.ts';
import { otherUsers } from './other-users.ts';
import { hasPlugin, isForPlugin } from './plugin.ts';
import { prove } from './prove.ts';
import type { Result, SilentRun } from './result.ts';
import type { Surroundings } from './surroundings.ts';
import { proofLine, uninstallNotes, warningLine } from './texts.ts';
import { uninstallFiles } from './uninstall.ts';

/** Does what the flags say with `--no-settings`: launchers in or out, and no settings file is touched. @throws {@link WaymarkError} as install and uninstall do. */
export function runForPlugin(flags: Flags, around: Surroundings): Promise<SilentRun> {
  if (flags.dryRun) return Promise.resolve(preview(flags, around));
  return flags.uninstall ? takeOut(flags, around) : putIn(flags, around);
}

function preview({ uninstall }: Flags, around: Surroundings): SilentRun {
  const { folder } = around;
  const isIn = isForPlugin(folder.root);
  const line = uninstall
    ? `Would delete the launchers in ${folder.bin}, unless a settings file uses them.`
    : `Would write the launchers into ${folder.bin}. No settings file is touched.`;
  return {
    exitCode: 0,
    result: resultOf(around, { changed: isIn === uninstall }),
    lines: [line, 'Nothing was changed: this was a dry run.'],
  };
}

async function putIn(flags: Flags, around: Surroundings): Promise<SilentRun> {
  const { folder, command } = around;
  const done = await installFiles(flags.worker, around);
  const changed = done.isNew || done.filesWritten > 0;
  const serving = otherUsers('', around);
  const warnings = putInNotes(serving, done.packageFolder, around);
  const hooks = `${done.packageFolder}/templates/plugin/hooks/hooks.json`;
  const isProvable = flags.prove && changed && serving.length === 0;
  const proof = isProvable ? await prove(hooks, done.packageFolder, around) : null;
  const failed = proof?.ok === false;
  return {
    exitCode: failed ? 1 : 0,
    result: resultOf(around, { changed, warnings, proof }),
    lines: [
      outcome(done, folder.bin),
      ...warnings.map(warningLine),
      ...(proof === null ? [] : [proofLine(proof)]),
      ...(failed ? [`Run \`${command} doctor\` to see what is wrong.`] : []),
      `Look:  ${command} status`,
      `Undo:  ${command} uninstall --no-settings`,
    ],
  };
}

function outcome({ filesWritten, isNew }: InstalledFiles, bin: string): string {
  if (filesWritten > 0)
    return `Wrote ${plural(filesWritten, 'file')} into ${bin}, for the plugin. No settings file was touched.`;
  return isNew ? `The launchers in ${bin} serve the plugin, too.` : `Nothing to change in ${bin}.`;
}

function putInNotes(
  serving: readonly string[],
  packageFolder: string,
  around: Surroundings,
): readonly string[] {
  const market = existsSync(`${packageFolder}/.claude-plugin/marketplace.json`)
    ? shellWord(packageFolder)
    : 'FOLDER-OF-WAYMARK';
  return [
    ...(serving.length === 0
      ? []
      : [
          `The hooks in ${serving.join(' and ')} run. Beside them, those of the plugin end at once.`,
        ]),
    ...(hasPlugin(around)
      ? []
      : [
          `No settings file enables the plugin yet. Run: claude plugin marketplace add ${market} && claude plugin install waymark@waymark`,
        ]),
  ];
}

async function takeOut(flags: Flags, around: Surroundings): Promise<SilentRun> {
  const changed = isForPlugin(around.folder.root);
  const done = await uninstallFiles(flags.purge, around);
  const warnings = [
    ...uninstallNotes(done, around),
    ...(hasPlugin(around)
      ? ['The plugin is still enabled. Run: claude plugin uninstall waymark@waymark']
      : []),
  ];
  const line = changed
    ? `Removed the launchers from ${around.folder.bin}.`
    : `Nothing was installed for the plugin in ${around.folder.bin}.`;
  const isLeft = done.stillUsedBy.length > 0;
  return {
    exitCode: 0,
    result: resultOf(around, { changed, warnings }),
    lines: [...(isLeft ? [] : [line]), ...warnings],
  };
}

function resultOf(
  { folder }: Surroundings,
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
