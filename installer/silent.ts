import type { Flags } from './flags.ts';
import { mentionImport } from './import-question.ts';
import { install } from './install.ts';
import { planInstall, planUninstall } from './plan.ts';
import { proveInstallation } from './prove.ts';
import { createResult, type SilentRun } from './result.ts';
import { runForPlugin } from './run-for-plugin.ts';
import type { InstallerContext } from './installer-context.ts';
import {
  formatClosingLines,
  colourDiff,
  formatOutcome,
  formatProof,
  formatUndoCommand,
  formatUninstallNotes,
  formatWarning,
} from './texts.ts';
import { uninstall } from './uninstall.ts';
import { collectInstallWarnings, describeOtherInstallations } from './warnings.ts';

/**
 * Does what the flags say without asking anything; the scope is `user` unless said otherwise.
 * @throws {@link WaymarkError} as install and uninstall do.
 */
export function runSilently(
  flags: Flags,
  context: InstallerContext,
  colour: boolean,
): Promise<SilentRun> {
  if (!flags.settings) return runForPlugin(flags, context);
  if (flags.dryRun) return Promise.resolve(preview(flags, context, colour));
  return flags.uninstall ? uninstallFromFlags(flags, context) : installFromFlags(flags, context);
}

function preview(flags: Flags, context: InstallerContext, colour: boolean): SilentRun {
  const scope = flags.scope ?? 'user';
  const plan = flags.uninstall
    ? planUninstall(scope, context)
    : planInstall(scope, flags.features, context, flags.statusLine);
  const warnings = flags.uninstall ? [] : collectInstallWarnings(plan, context);
  const lines = plan.changed
    ? [colourDiff(plan.diff.trimEnd(), colour), 'Nothing was changed: this was a dry run.']
    : [formatOutcome(plan)];
  return {
    exitCode: 0,
    result: createResult(plan, { warnings }),
    lines: [...lines, ...warnings.map(formatWarning)],
  };
}

async function installFromFlags(flags: Flags, context: InstallerContext): Promise<SilentRun> {
  const scope = flags.scope ?? 'user';
  const done = await install(
    { scope, features: flags.features, statusLine: flags.statusLine, workerMode: flags.worker },
    context,
  );
  const warnings = collectInstallWarnings(done.plan, context);
  const written = done.plan.changed || done.filesWritten > 0;
  const proof =
    flags.prove && written
      ? await proveInstallation(done.plan.file, done.packageFolder, context)
      : null;
  const failed = proof?.ok === false;
  const lines = [
    formatOutcome(done.plan),
    ...(done.plan.changed || done.filesWritten === 0
      ? []
      : [`Updated ${done.filesWritten} files in ${context.folder.bin}.`]),
    ...(done.backup === undefined ? [] : [`Backup: ${done.backup}`]),
    ...warnings.map(formatWarning),
    ...(proof === null ? [] : [formatProof(proof)]),
    ...(failed
      ? [
          `The hooks stay installed. Run \`${context.command} doctor\`, or undo: \`${formatUndoCommand(scope, context)}\``,
        ]
      : [
          ...formatClosingLines(scope, context),
          ...(done.plan.changed ? await mentionImport(context) : []),
        ]),
  ];
  return {
    exitCode: failed ? 1 : 0,
    result: createResult(done.plan, { warnings, proof, backup: done.backup }),
    lines,
  };
}

async function uninstallFromFlags(flags: Flags, context: InstallerContext): Promise<SilentRun> {
  const done = await uninstall(flags.scope ?? 'user', flags.purge, context);
  const warnings = [
    ...formatUninstallNotes(done, context),
    ...describeOtherInstallations(done.plan, context),
  ];
  const backup = done.backup === undefined ? [] : [`Backup: ${done.backup}`];
  return {
    exitCode: 0,
    result: createResult(done.plan, { warnings, backup: done.backup }),
    lines: [formatOutcome(done.plan), ...backup, ...warnings],
  };
}
