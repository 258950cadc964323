import { findFolderFault } from '../../core/folder-fault.ts';
import { numberField, objectField, stringField } from '../../core/json.ts';
import { readQueueState, type SeenWorker } from '../workers.ts';
import { oneLine } from '../../core/one-line.ts';
import { plural } from '../../core/units.ts';
import { failedCheck, type Check, passedCheck, type DoctorInput, uncheckedCheck } from './check.ts';

/** Checks that a worker serves the queue, can be woken and makes progress. */
export function workerChecks({ folder, clock, config }: DoctorInput): readonly Check[] {
  const { depth, workers } = readQueueState(folder, clock());
  const alive = workers.filter((worker) => worker.state !== 'dead');
  const dead: readonly Check[] =
    depth.dead > 0
      ? [
          failedCheck(
            'dead-letters',
            `${plural(depth.dead, 'entry', 'entries')} in dead/`,
            'See `waymark dead list`.',
          ),
        ]
      : [passedCheck('dead-letters', 'No dead letters')];
  if (alive.length === 0) {
    // the folder's own check says why none can run
    const canRun = findFolderFault(folder.root) === undefined;
    return [...(canRun ? [checkAbsence(depth.pending, config.autostart)] : []), ...dead];
  }
  return [...alive.flatMap(checkWorker), ...dead];
}

function checkAbsence(pending: number, autostart: boolean): Check {
  if (pending > 0)
    return failedCheck(
      'worker',
      `No worker is running and ${plural(pending, 'entry waits', 'entries wait')}`,
      'Run `waymark worker --detach`, or `waymark doctor --fix`.',
    );
  if (!autostart)
    return failedCheck(
      'worker',
      'No worker is running and autostart is off',
      'Run `waymark worker --detach`.',
    );
  return uncheckedCheck('worker', 'No worker is running; the next hook starts one');
}

function checkWorker(worker: SeenWorker): readonly Check[] {
  const beat = worker.heartbeat ?? {};
  const name = `Worker ${worker.id} (pid ${worker.pid ?? 'unknown'})`;
  const trouble = stringField(beat, 'trouble');
  return [
    worker.state === 'stuck'
      ? failedCheck(
          'worker',
          `${name} is running but makes no progress`,
          `Run \`waymark worker restart ${worker.id}\`.`,
        )
      : passedCheck('worker', `${name} is ${worker.state}`),
    worker.mode === 'event-loop'
      ? passedCheck('pipe', `${name} is running and waits on its pipe`)
      : failedCheck(
          'pipe',
          `${name} has no wake-up pipe: ${oneLine(trouble ?? worker.mode)}`,
          'Run `waymark worker restart`; without named pipes this is normal.',
        ),
    ...(trouble !== undefined && worker.mode === 'event-loop'
      ? [failedCheck('worker-trouble', `${name}: ${oneLine(trouble)}`, 'See `waymark worker log`.')]
      : []),
    checkWatcher(name, beat),
  ];
}

function checkWatcher(name: string, beat: Readonly<Record<string, unknown>>): Check {
  const watcher = objectField(beat, 'watcher');
  if (watcher['alive'] !== false) return passedCheck('watcher', `${name} watches pending/`);
  const restarts = numberField(watcher, 'restarts') ?? 0;
  return failedCheck(
    'watcher',
    `${name} stopped its file watcher after ${plural(restarts, 'restart')}`,
    'Files written by other programs wait for the next poll. Run `waymark worker restart`.',
  );
}
