import { accessSync, constants, existsSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { findFolderFault } from '../../core/folder-fault.ts';
import { reasonOf } from '../../core/errors.ts';
import { PRIORITIES, queueFolder } from '../../queue/queue-folder.ts';
import {
  listForeignRecovery,
  listRecovery,
  listRecoveryFolders,
} from '../../queue/recovery-folder.ts';
import { freeBytes, LOW_BYTES } from '../free-space.ts';
import { readDiskUse } from '../disk-use.ts';
import { readHookErrors } from '../hook-errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatBytes, formatDuration, plural } from '../../core/units.ts';
import { failedCheck, type Check, passedCheck, type DoctorInput, uncheckedCheck } from './check.ts';

/** The state folder, its queue, its disk, and what hooks complained about. */
export function folderChecks(input: DoctorInput): readonly Check[] {
  return [
    checkState(input),
    checkQueue(input),
    checkDisk(input),
    checkBudget(input),
    checkRecovery(input),
    checkHookErrors(input),
  ];
}

function checkState({ folder }: DoctorInput): Check {
  const { root } = folder;
  const fault = findFolderFault(root);
  if (fault !== undefined)
    return failedCheck(
      'state-folder',
      `Cannot use ${root} as the state folder: ${fault.problem}`,
      `${fault.remedy}${fault.kind === 'mode' ? ' (`waymark doctor --fix` does it)' : ''}`,
    );
  if (!existsSync(root))
    return failedCheck(
      'state-folder',
      `${root} is missing`,
      'Run `waymark install`, or `waymark doctor --fix`.',
    );
  const refusal = refusalOf(root);
  return refusal === undefined
    ? passedCheck('state-folder', `${root} is private and writable`)
    : failedCheck(
        'state-folder',
        `${root} cannot be written: ${refusal}`,
        'Check its owner and whether the disk is mounted read-only.',
      );
}

function checkQueue({ folder }: DoctorInput): Check {
  if (!existsSync(folder.queue))
    return uncheckedCheck('queue', 'There is no queue yet; the first event creates it');
  const queue = queueFolder(folder.queue);
  const folders = [
    ...Object.values(queue),
    ...PRIORITIES.map((priority) => `${queue.pending}/${priority}`),
  ];
  const missing = folders.filter((path) => !existsSync(path));
  const closed = folders.filter((path) => existsSync(path) && refusalOf(path) !== undefined);
  if (closed.length > 0)
    return failedCheck(
      'queue',
      `${closed.join(', ')} cannot be written`,
      'Give yourself write permission, or run `waymark doctor --fix`.',
    );
  if (missing.length > 0)
    return failedCheck(
      'queue',
      `${plural(missing.length, 'folder')} of the queue missing: ${missing[0]}`,
      'The worker creates them when it starts; `waymark doctor --fix` does it now.',
    );
  return passedCheck('queue', 'Every folder of the queue exists and is writable');
}

function checkDisk({ folder }: DoctorInput): Check {
  const free = freeBytes(folder);
  if (free >= LOW_BYTES) return passedCheck('disk', `${formatBytes(free)} free`);
  return failedCheck(
    'disk',
    `Only ${formatBytes(free)} free on the disk of ${folder.root}`,
    'Free some space: events that cannot be written go to the recovery folder. If that is full too, they are lost.',
  );
}

/**
 * Over the budget by this much for a while is usual: pages of deleted rows go back to the disk step
 * by step.
 */
const MAX_OVER = 1.1;

function checkBudget({ folder, config }: DoctorInput): Check {
  const { total } = readDiskUse(folder);
  const most = config.diskBudget;
  const message = `${formatBytes(total)} of the budget of ${formatBytes(most)}`;
  if (total <= most * MAX_OVER) return passedCheck('budget', message);
  return failedCheck(
    'budget',
    message,
    'Run `waymark clean`. If that frees too little, raise it: `waymark config set diskBudget BYTES`.',
  );
}

function checkRecovery({ folder }: DoctorInput): Check {
  const foreign = listForeignRecovery(folder.recovery);
  if (foreign.length > 0)
    return failedCheck(
      'recovery',
      `${foreign.join(' and ')}: open to others, not yours, or a link, so it is not used`,
      'If it is yours and not a link, run: chmod 700 FOLDER. Otherwise find out who made it and remove it.',
    );
  const folders = listRecoveryFolders(folder.recovery);
  if (folders.length === 0)
    return passedCheck('recovery', 'The recovery folder was not needed so far');
  const kept = listRecovery(folder.recovery).length;
  if (kept === 0) return passedCheck('recovery', 'The recovery folder is empty');
  return failedCheck(
    'recovery',
    `${plural(kept, 'event')} saved in ${folders.join(' and ')} because the queue could not be written`,
    'Fix the queue; the worker then reads them automatically.',
  );
}

function checkHookErrors({ folder, clock }: DoctorInput): Check {
  const { count, last } = readHookErrors(folder, clock() - DAY_MS);
  if (last === null) return passedCheck('hook-errors', 'No hook errors in the last 24 hours');
  const ago = formatDuration(clock() - Date.parse(last.at));
  const message = `${plural(count, 'hook error')} in the last 24 hours, the last ${ago} ago: ${oneLine(last.message)}`;
  return failedCheck('hook-errors', message, last.remedy ?? `See ${folder.log}/hook-errors.log.`);
}

/** Why a folder cannot be written, or `undefined` when it can. */
function refusalOf(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
