import { folderFault } from '../../core/folder-fault.ts';
import { numberField, objectField, stringField } from '../../core/json.ts';
import { readQueueState, type SeenWorker } from '../workers.ts';
import { oneLine } from '../../core/one-line.ts';
import { plural } from '../../core/units.ts';
import { bad, type Check, good, type DoctorInput, unchecked } from './check.ts';

/** Checks that a worker serves the queue, can be woken and makes progress. */
export function workerChecks({ folder, clock, config }: DoctorInput): readonly Check[] {
  const { depth, workers } = readQueueState(folder, clock());
  const alive = workers.filter((worker) => worker.state !== 'dead');
  const dead: readonly Check[] =
    depth.dead > 0
      ? [
          bad(
            'dead-letters',
            `${plural(depth.dead, 'entry', 'entries')} in dead/`,
            'See `waymark dead list`.',
          ),
        ]
      : [good('dead-letters', 'Nothing is in dead/')];
  if (alive.length === 0) {
    // the folder's own check says why none can run
    const canRun = folderFault(folder.root) === undefined;
    return [...(canRun ? [checkAbsence(depth.pending, config.autostart)] : []), ...dead];
  }
  return [...alive.flatMap(checkWorker), ...dead];
}

function checkAbsence(pending: number, autostart: boolean): Check {
  if (pending > 0)
    return bad(
      'worker',
      `No worker runs and ${plural(pending, 'entry waits', 'entries wait')}`,
      'Run `waymark worker --detach`, or `waymark doctor --fix`.',
    );
  if (!autostart)
    return bad('worker', 'No worker runs and autostart is off', 'Run `waymark worker --detach`.');
  return unchecked('worker', 'No worker runs; the next hook starts one');
}

function checkWorker(worker: SeenWorker): readonly Check[] {
  const beat = worker.heartbeat ?? {};
  const name = `Worker ${worker.id} (pid ${worker.pid ?? 'unknown'})`;
  const trouble = stringField(beat, 'trouble');
  return [
    worker.state === 'stuck'
      ? bad(
          'worker',
          `${name} is running but makes no progress`,
          `Run \`waymark worker restart ${worker.id}\`.`,
        )
      : good('worker', `${name} is ${worker.state}`),
    worker.mode === 'event-loop'
      ? good('pipe', `${name} is running and waits on its pipe`)
      : bad(
          'pipe',
          `${name} has no wake-up pipe: ${oneLine(trouble ?? worker.mode)}`,
          'Run `waymark worker restart`; without named pipes this is normal.',
        ),
    ...(trouble !== undefined && worker.mode === 'event-loop'
      ? [bad('worker-trouble', `${name}: ${oneLine(trouble)}`, 'See `waymark worker log`.')]
      : []),
    checkWatcher(name, beat),
  ];
}

function checkWatcher(name: string, beat: Readonly<Record<string, unknown>>): Check {
  const watcher = objectField(beat, 'watcher');
  if (watcher['alive'] !== false) return good('watcher', `${name} watches pending/`);
  const restarts = numberField(watcher, 'restarts') ?? 0;
  return bad(
    'watcher',
    `${name} gave up its file watcher after ${plural(restarts, 'restart')}`,
    'Files dropped without a ring wait for the next scan. Run `waymark worker restart`.',
  );
}
