import type { Flags } from './flags.ts';
import { install, type Installed } from './install.ts';
import { WaymarkError } from '../lib/core/errors.ts';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { findStatusLine } from '../lib/claude/settings/status-line.ts';
import { offerImport } from './import-question.ts';
import { otherUsers } from './other-users.ts';
import { chosenFeatures, planInstall, planUninstall, type Plan } from './plan.ts';
import type { Prompts } from './prompts.ts';
import { prove } from './prove.ts';
import type { Surroundings } from './surroundings.ts';
import {
  closingLines,
  colourDiff,
  outcomeLine,
  proofLine,
  summaryLine,
  uninstallNotes,
} from './texts.ts';
import { uninstall } from './uninstall.ts';
import { installWarnings } from './warnings.ts';
import { readWorkerMode, type WorkerMode } from './worker-mode.ts';

/**
 * Asks for what the flags leave open, shows the change, and does it when confirmed.
 * @returns the exit status: 1 when the proof failed and the hooks were left or taken out again.
 * @throws {@link WaymarkError} as install and uninstall do, and INSTALL_CANCELLED with nothing changed.
 */
export async function runWizard(
  flags: Flags,
  around: Surroundings,
  prompts: Prompts,
  colour: boolean,
): Promise<0 | 1> {
  prompts.begin(`waymark ${around.origin.version}`);
  return flags.uninstall
    ? takeOut(flags, around, prompts, colour)
    : putIn(flags, around, prompts, colour);
}

async function putIn(
  flags: Flags,
  around: Surroundings,
  prompts: Prompts,
  colour: boolean,
): Promise<0 | 1> {
  const scope = flags.scope ?? (await prompts.chooseScope('For whom?', 'user'));
  const standing = planInstall(scope, flags.features, around);
  const features =
    flags.features ?? (await prompts.chooseFeatures(chosenFeatures(undefined, standing.record)));
  const statusLine =
    flags.statusLine ??
    (await prompts.confirm(lineQuestion(standing), standing.record?.statusLine ?? false));
  const workerMode = flags.worker ?? (await chooseWorkerMode(around, prompts));
  const plan = planInstall(scope, features, around, statusLine);
  for (const warning of installWarnings(plan, around)) prompts.warn(warning);
  await confirmChange(plan, around, prompts, colour);
  const done = await install({ scope, features, statusLine, workerMode }, around);
  prompts.say(outcomeLine(done.plan));
  if (done.backup !== undefined) prompts.say(`Backup: ${done.backup}`);
  if (flags.prove && !(await proveOrUndo(scope, done, around, prompts))) return 1;
  await offerImport(around, prompts);
  const lines = closingLines(scope, around);
  for (const line of lines.slice(0, -1)) prompts.say(line);
  prompts.end(lines.at(-1) ?? '');
  return 0;
}

/** `undefined` where it stays as it is. */
async function chooseWorkerMode(
  { folder }: Surroundings,
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

async function takeOut(
  flags: Flags,
  around: Surroundings,
  prompts: Prompts,
  colour: boolean,
): Promise<0> {
  const scope = flags.scope ?? (await prompts.chooseScope('From which settings?', 'user'));
  const plan = planUninstall(scope, around);
  await confirmChange(plan, around, prompts, colour);
  const alone = otherUsers(plan.target, around).length === 0;
  const purge =
    flags.purge ||
    (alone &&
      (await prompts.confirm(`Delete what was recorded in ${around.folder.root}, too?`, false)));
  const done = await uninstall(scope, purge, around);
  prompts.say(outcomeLine(done.plan));
  for (const line of uninstallNotes(done, around)) prompts.say(line);
  prompts.end('The hooks are removed.');
  return 0;
}

async function confirmChange(
  plan: Plan,
  around: Surroundings,
  prompts: Prompts,
  colour: boolean,
): Promise<void> {
  if (!plan.changed) {
    prompts.say(outcomeLine(plan));
    return;
  }
  prompts.say(`${plan.file}\n${summaryLine(plan, around)}`);
  for (;;) {
    const decision = await prompts.decide('Write this?');
    if (decision === 'yes') return;
    if (decision === 'no') throw new WaymarkError('INSTALL_CANCELLED', 'Cancelled');
    prompts.show(colourDiff(plan.diff.trimEnd(), colour));
  }
}

async function proveOrUndo(
  scope: Scope,
  done: Installed,
  around: Surroundings,
  prompts: Prompts,
): Promise<boolean> {
  const proof = await prompts.during('Sending a sample through the installed hooks', () =>
    prove(done.plan.file, done.packageFolder, around),
  );
  if (proof.ok) {
    prompts.say(proofLine(proof));
    return true;
  }
  prompts.warn(proofLine(proof));
  if (await isUndoWanted(prompts)) {
    const undone = await uninstall(scope, false, around);
    prompts.end(`${outcomeLine(undone.plan)} The hooks are removed again.`);
  } else {
    prompts.end(
      `The hooks are left installed. Run \`${around.command} doctor\` to see what is wrong.`,
    );
  }
  return false;
}

/** The hooks are in: a cancelled question here means to leave them, not that nothing was changed. */
async function isUndoWanted(prompts: Prompts): Promise<boolean> {
  try {
    return await prompts.confirm('Undo?', true);
  } catch {
    return false;
  }
}
