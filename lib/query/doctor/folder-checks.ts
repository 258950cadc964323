import { accessSync, constants, existsSync } from 'node:fs';
import { DAY_MS } from '../../core/clock.ts';
import { folderFault } from '../../core/folder-fault.ts';
import { reasonOf } from '../../core/errors.ts';
import { PRIORITIES, queueFolder } from '../../queue/queue-folder.ts';
import { foreignRecovery, listRecovery, recoveryFolders } from '../../queue/recovery-folder.ts';
import { freeBytes, LOW_BYTES } from '../free-space.ts';
import { diskUse } from '../disk-use.ts';
import { readHookErrors } from '../hook-errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatBytes, formatDuration, plural } from '../../core/units.ts';
import { bad, type Check, good, type DoctorInput, unchecked } from './check.ts';

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
  const fault = folderFault(root);
  if (fault !== undefined)
    return bad(
      'state-folder',
      `Cannot use ${root} as the state folder: ${fault.problem}`,
      `${fault.remedy}${fault.kind === 'mode' ? ' (`waymark doctor --fix` does it)' : ''}`,
    );
  if (!existsSync(root))
    return bad(
      'state-folder',
      `${root} is not there`,
      'Run `waymark install`, or `waymark doctor --fix`.',
    );
  const refusal = refusalOf(root);
  return refusal === undefined
    ? good('state-folder', `${root} is private and writable`)
    : bad(
        'state-folder',
        `${root} cannot be written: ${refusal}`,
        'Check its owner and whether the disk is mounted read-only.',
      );
}

function checkQueue({ folder }: DoctorInput): Check {
  if (!existsSync(folder.queue))
    return unchecked('queue', 'There is no queue yet; the first event makes it');
  const queue = queueFolder(folder.queue);
  const folders = [
    ...Object.values(queue),
    ...PRIORITIES.map((priority) => `${queue.pending}/${priority}`),
  ];
  const missing = folders.filter((path) => !existsSync(path));
  const closed = folders.filter((path) => existsSync(path) && refusalOf(path) !== undefined);
  if (closed.length > 0)
    return bad(
      'queue',
      `${closed.join(', ')} cannot be written`,
      'Give yourself write permission, or run `waymark doctor --fix`.',
    );
  if (missing.length > 0)
    return bad(
      'queue',
      `${plural(missing.length, 'folder')} of the queue missing: ${missing[0]}`,
      'The worker makes them when it starts; `waymark doctor --fix` does it now.',
    );
  return good('queue', 'Every folder of the queue is there and writable');
}

function checkDisk({ folder }: DoctorInput): Check {
  const free = freeBytes(folder);
  if (free >= LOW_BYTES) return good('disk', `${formatBytes(free)} free`);
  return bad(
    'disk',
    `Only ${formatBytes(free)} free on the disk of ${folder.root}`,
    'Make room: events that cannot be written go to the recovery folder, then nowhere.',
  );
}

/**
 * Over the budget by this much for a while is usual: pages of deleted rows go back to the disk step
 * by step.
 */
const MOST_OVER = 1.1;

function checkBudget({ folder, config }: DoctorInput): Check {
  const { total } = diskUse(folder);
  const most = config.diskBudget;
  const message = `${formatBytes(total)} of the budget of ${formatBytes(most)}`;
  if (total <= most * MOST_OVER) return good('budget', message);
  return bad(
    'budget',
    message,
    'Run `waymark clean`. If that frees too little, raise it: `waymark config set diskBudget BYTES`.',
  );
}

function checkRecovery({ folder }: DoctorInput): Check {
  const foreign = foreignRecovery(folder.recovery);
  if (foreign.length > 0)
    return bad(
      'recovery',
      `${foreign.join(' and ')}: open to others, not yours, or a link, so not used`,
      'If it is yours and no link, run: chmod 700 FOLDER. Else find out who made it and remove it.',
    );
  const folders = recoveryFolders(folder.recovery);
  if (folders.length === 0) return good('recovery', 'The recovery folder is not needed so far');
  const kept = listRecovery(folder.recovery).length;
  if (kept === 0) return good('recovery', 'The recovery folder is empty');
  return bad(
    'recovery',
    `${plural(kept, 'event')} kept in ${folders.join(' and ')} because the queue could not be written`,
    'Fix the queue; the worker then reads them by itself.',
  );
}

function checkHookErrors({ folder, clock }: DoctorInput): Check {
  const { count, last } = readHookErrors(folder, clock() - DAY_MS);
  if (last === null) return good('hook-errors', 'No hook errors in the last 24 hours');
  const ago = formatDuration(clock() - Date.parse(last.at));
  const message = `${plural(count, 'hook error')} in the last 24 hours, the last ${ago} ago: ${oneLine(last.message)}`;
  return bad('hook-errors', message, last.remedy ?? `See ${folder.log}/hook-errors.log.`);
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
