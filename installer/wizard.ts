import type { Flags } from './flags.ts';
import { install, type InstallResult } from './install.ts';
import { WaymarkError } from '../lib/core/errors.ts';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { findStatusLine } from '../lib/claude/settings/status-line.ts';
import { offerImport } from './import-question.ts';
import { findOtherUsers } from './other-users.ts';
import { resolveFeatures, planInstall, planUninstall, type Plan } from './plan.ts';
import type { Prompts } from './prompts.ts';
import { proveInstallation } from './prove.ts';
import type { InstallerContext } from './installer-context.ts';
import {
  formatClosingLines,
  colourDiff,
  formatOutcome,
  formatProof,
  formatSummary,
  formatUninstallNotes,
} from './texts.ts';
import { uninstall } from './uninstall.ts';
import { collectInstallWarnings } from './warnings.ts';
import { readWorkerMode, type WorkerMode } from './worker-mode.ts';

/**
 * Asks for what the flags leave open, shows the change, and does it when confirmed.
 * @returns the exit status: 1 when the proof failed and the hooks were left or taken out again.
 * @throws {@link WaymarkError} as install and uninstall do, and INSTALL_CANCELLED with nothing
 * changed.
 */
export async function runWizard(
  flags: Flags,
  context: InstallerContext,
  prompts: Prompts,
  colour: boolean,
): Promise<0 | 1> {
  prompts.begin(`waymark ${context.origin.version}`);
  return flags.uninstall
    ? uninstallWithWizard(flags, context, prompts, colour)
    : installWithWizard(flags, context, prompts, colour);
}

async function installWithWizard(
  flags: Flags,
  context: InstallerContext,
  prompts: Prompts,
  colour: boolean,
): Promise<0 | 1> {
  const scope = flags.scope ?? (await prompts.chooseScope('For whom?', 'user'));
  const standing = planInstall(scope, flags.features, context);
  const features =
    flags.features ?? (await prompts.chooseFeatures(resolveFeatures(undefined, standing.record)));
  const statusLine =
    flags.statusLine ??
    (await prompts.confirm(lineQuestion(standing), standing.record?.statusLine ?? false));
  const workerMode = flags.worker ?? (await chooseWorkerMode(context, prompts));
  const plan = planInstall(scope, features, context, statusLine);
  for (const warning of collectInstallWarnings(plan, context)) prompts.warn(warning);
  await confirmChange(plan, context, prompts, colour);
  const done = await install({ scope, features, statusLine, workerMode }, context);
  prompts.say(formatOutcome(done.plan));
  if (done.backup !== undefined) prompts.say(`Backup: ${done.backup}`);
  if (flags.prove && !(await proveOrUndo(scope, done, context, prompts))) return 1;
  await offerImport(context, prompts);
  const lines = formatClosingLines(scope, context);
  for (const line of lines.slice(0, -1)) prompts.say(line);
  prompts.end(lines.at(-1) ?? '');
  return 0;
}

/** `undefined` where it stays as it is. */
async function chooseWorkerMode(
  { folder }: InstallerContext,
  prompts: Prompts,
): Promise<WorkerMode | undefined> {
  const current = readWorkerMode(folder);
  const chosen = await prompts.chooseWorkerMode(current);
  return chosen === current ? undefined : chosen;
}

function lineQuestion({ hadLine, before, file }: Plan): string {
  const hasOwn = !hadLine && before !== undefined && findStatusLine(before, file) !== undefined;
  return hasOwn
    ? 'Show context, cost, queue and worker below your own status line?'
    : 'Show context, cost, queue and worker in a status line?';
}

async function uninstallWithWizard(
  flags: Flags,
  context: InstallerContext,
  prompts: Prompts,
  colour: boolean,
): Promise<0> {
  const scope = flags.scope ?? (await prompts.chooseScope('From which settings?', 'user'));
  const plan = planUninstall(scope, context);
  await confirmChange(plan, context, prompts, colour);
  const alone = findOtherUsers(plan.target, context).length === 0;
  const purge =
    flags.purge ||
    (alone &&
      (await prompts.confirm(`Delete what was recorded in ${context.folder.root}, too?`, false)));
  const done = await uninstall(scope, purge, context);
  prompts.say(formatOutcome(done.plan));
  for (const line of formatUninstallNotes(done, context)) prompts.say(line);
  prompts.end('The hooks are removed.');
  return 0;
}

async function confirmChange(
  plan: Plan,
  context: InstallerContext,
  prompts: Prompts,
  colour: boolean,
): Promise<void> {
  if (!plan.changed) {
    prompts.say(formatOutcome(plan));
    return;
  }
  prompts.say(`${plan.file}\n${formatSummary(plan, context)}`);
  for (;;) {
    const decision = await prompts.decide('Write this?');
    if (decision === 'yes') return;
    if (decision === 'no') throw new WaymarkError('INSTALL_CANCELLED', 'Cancelled');
    prompts.show(colourDiff(plan.diff.trimEnd(), colour));
  }
}

async function proveOrUndo(
  scope: Scope,
  done: InstallResult,
  context: InstallerContext,
  prompts: Prompts,
): Promise<boolean> {
  const proof = await prompts.during('Sending a sample through the installed hooks', () =>
    proveInstallation(done.plan.file, done.packageFolder, context),
  );
  if (proof.ok) {
    prompts.say(formatProof(proof));
    return true;
  }
  prompts.warn(formatProof(proof));
  if (await isUndoWanted(prompts)) {
    const undone = await uninstall(scope, false, context);
    prompts.end(`${formatOutcome(undone.plan)} The hooks are removed again.`);
  } else {
    prompts.end(
      `The hooks stay installed. Run \`${context.command} doctor\` to see what is wrong.`,
    );
  }
  return false;
}

/**
 * The hooks are in: a cancelled question here means to leave them, not that nothing was changed.
 */
async function isUndoWanted(prompts: Prompts): Promise<boolean> {
  try {
    return await prompts.confirm('Undo?', true);
  } catch {
    return false;
  }
}
