import { statSync } from 'node:fs';
import { storeFaultOf } from '../../store/store-fault.ts';
import { isForgetUnfinished } from '../sessions-to-forget.ts';
import { withStoreView } from '../store-view.ts';
import { oneLine } from '../../core/one-line.ts';
import { failedCheck, type Check, passedCheck, type DoctorInput, uncheckedCheck } from './check.ts';

const DAMAGED =
  'Stop the worker, move waymark.db, waymark.db-wal and waymark.db-shm aside, restore a copy or start with a new one; new events stay in the queue.';

/** Whether the store opens, is sound, and is closed to others. */
export function storeChecks({ folder }: DoctorInput): readonly Check[] {
  const opened = withStoreView(folder, (view): Check => {
    switch (view.state) {
      case 'missing':
        return uncheckedCheck(
          'store',
          'There is no store yet; the worker creates it with the first event',
        );
      case 'locked':
        return failedCheck(
          'store',
          `The store is locked by another program: ${oneLine(view.message)}`,
          'End the program that holds it; the worker waits and continues automatically.',
        );
      case 'corrupt':
        return failedCheck('store', `The store is damaged: ${oneLine(view.message)}`, DAMAGED);
      case 'unavailable':
        return failedCheck(
          'store',
          `The store cannot be read: ${oneLine(view.message)}`,
          view.remedy ?? 'Check permissions and free space.',
        );
      default:
        return soundness(() =>
          view.database
            .prepare('PRAGMA quick_check(3)')
            .all()
            .map((row) => String(Object.values(row)[0])),
        );
    }
  });
  return [opened, checkMode(folder.store), ...checkForgetting(folder)];
}

/** Whether a `waymark forget` was interrupted. */
function checkForgetting(folder: DoctorInput['folder']): readonly Check[] {
  return withStoreView(folder, ({ database }) => {
    if (database === undefined || !isForgetUnfinished(database)) return [];
    return [
      failedCheck(
        'forget',
        'A `waymark forget` was interrupted: traces of forgotten sessions may be left',
        'Run `waymark forget`: it completes it.',
      ),
    ];
  });
}

function soundness(check: () => readonly string[]): Check {
  try {
    const found = check();
    return found.join() === 'ok'
      ? passedCheck('store', 'The store opens and is not damaged')
      : failedCheck('store', `The store is damaged: ${oneLine(found.join('; '))}`, DAMAGED);
  } catch (error) {
    const fault = storeFaultOf(error);
    if (fault === undefined) throw error;
    return failedCheck('store', `The store is damaged: ${oneLine(fault.message)}`, DAMAGED);
  }
}

function checkMode(store: string): Check {
  const mode = statSync(store, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || process.platform === 'win32')
    return uncheckedCheck(
      'store-private',
      'Permissions of the store: there is no store yet, or no such permissions on this system',
    );
  if ((mode & 0o077) === 0)
    return passedCheck('store-private', 'Other users cannot read the store');
  return failedCheck(
    'store-private',
    `Other users can read ${store}`,
    `Run: chmod 600 '${store}' (\`waymark doctor --fix\` does it)`,
  );
}
