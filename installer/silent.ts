import type { Flags } from './flags.ts';
import { install } from './install.ts';
import { planInstall, planUninstall } from './plan.ts';
import { prove } from './prove.ts';
import { resultOf, type SilentRun } from './result.ts';
import { runForPlugin } from './run-for-plugin.ts';
import type { Surroundings } from './surroundings.ts';
import {
  closingLines,
  colourDiff,
  outcomeLine,
  proofLine,
  undoCommand,
  uninstallNotes,
  warningLine,
} from './texts.ts';
import { uninstall } from './uninstall.ts';
import { installWarnings, strangerNotes } from './warnings.ts';

/** Does what the flags say without asking anything; the scope is `user` unless said otherwise. @throws {@link WaymarkError} as install and uninstall do. */
export function runSilently(
  flags: Flags,
  around: Surroundings,
  colour: boolean,
): Promise<SilentRun> {
  if (!flags.settings) return runForPlugin(flags, around);
  if (flags.dryRun) return Promise.resolve(preview(flags, around, colour));
  return flags.uninstall ? takeOut(flags, around) : putIn(flags, around);
}

function preview(flags: Flags, around: Surroundings, colour: boolean): SilentRun {
  const scope = flags.scope ?? 'user';
  const plan = flags.uninstall
    ? planUninstall(scope, around)
    : planInstall(scope, flags.features, around, flags.statusLine);
  const warnings = flags.uninstall ? [] : installWarnings(plan, around);
  const lines = plan.changed
    ? [colourDiff(plan.diff.trimEnd(), colour), 'Nothing was changed: this was a dry run.']
    : [outcomeLine(plan)];
  return {
    exitCode: 0,
    result: resultOf(plan, { warnings }),
    lines: [...lines, ...warnings.map(warningLine)],
  };
}

async function putIn(flags: Flags, around: Surroundings): Promise<SilentRun> {
  const scope = flags.scope ?? 'user';
  const done = await install(
    { scope, features: flags.features, statusLine: flags.statusLine, workerMode: flags.worker },
    around,
  );
  const warnings = installWarnings(done.plan, around);
  const written = done.plan.changed || done.filesWritten > 0;
  const proof =
    flags.prove && written ? await prove(done.plan.file, done.packageFolder, around) : null;
  const failed = proof?.ok === false;
  const lines = [
    outcomeLine(done.plan),
    ...(done.plan.changed || done.filesWritten === 0
      ? []
      : [`Renewed ${done.filesWritten} files in ${around.folder.bin}.`]),
    ...(done.backup === undefined ? [] : [`Backup: ${done.backup}`]),
    ...warnings.map(warningLine),
    ...(proof === null ? [] : [proofLine(proof)]),
    ...(failed
      ? [
          `The hooks are left installed. Run \`${around.command} doctor\`, or undo: \`${undoCommand(scope, around)}\``,
        ]
      : closingLines(scope, around)),
  ];
  return {
    exitCode: failed ? 1 : 0,
    result: resultOf(done.plan, { warnings, proof, backup: done.backup }),
    lines,
  };
}

async function takeOut(flags: Flags, around: Surroundings): Promise<SilentRun> {
  const done = await uninstall(flags.scope ?? 'user', flags.purge, around);
  const warnings = [...uninstallNotes(done, around), ...strangerNotes(done.plan, around)];
  const backup = done.backup === undefined ? [] : [`Backup: ${done.backup}`];
  return {
    exitCode: 0,
    result: resultOf(done.plan, { warnings, backup: done.backup }),
    lines: [outcomeLine(done.plan), ...backup, ...warnings],
  };
}
