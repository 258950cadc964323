import { statSync } from 'node:fs';
import { storeFaultOf } from '../../store/store-fault.ts';
import { viewStore } from '../store-view.ts';
import { oneLine } from '../../core/one-line.ts';
import { bad, type Check, good, type DoctorInput, unchecked } from './check.ts';

const DAMAGED =
  'Stop the worker, move waymark.db, waymark.db-wal and waymark.db-shm aside, restore a copy or start anew; the queue keeps what comes.';

/** Whether the store opens, is sound, and is closed to others. */
export function storeChecks({ folder }: DoctorInput): readonly Check[] {
  const opened = viewStore(folder, (view): Check => {
    switch (view.state) {
      case 'missing':
        return unchecked(
          'store',
          'There is no store yet; the worker makes it with the first event',
        );
      case 'locked':
        return bad(
          'store',
          `The store is locked by another program: ${oneLine(view.message)}`,
          'End the program that holds it; the worker waits and goes on by itself.',
        );
      case 'corrupt':
        return bad('store', `The store is damaged: ${oneLine(view.message)}`, DAMAGED);
      case 'unavailable':
        return bad(
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
  return [opened, checkMode(folder.store)];
}

function soundness(check: () => readonly string[]): Check {
  try {
    const found = check();
    return found.join() === 'ok'
      ? good('store', 'The store opens and is sound')
      : bad('store', `The store is damaged: ${oneLine(found.join('; '))}`, DAMAGED);
  } catch (error) {
    const fault = storeFaultOf(error);
    if (fault === undefined) throw error;
    return bad('store', `The store is damaged: ${oneLine(fault.message)}`, DAMAGED);
  }
}

function checkMode(store: string): Check {
  const mode = statSync(store, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || process.platform === 'win32')
    return unchecked(
      'store-private',
      'Who may read the store: there is none yet, or no such permissions here',
    );
  if ((mode & 0o077) === 0) return good('store-private', 'The store is closed to others');
  return bad(
    'store-private',
    `${store} can be read by others`,
    `Run: chmod 600 '${store}' (\`waymark doctor --fix\` does it)`,
  );
}
