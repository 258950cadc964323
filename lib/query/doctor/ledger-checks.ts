import { setTimeout as sleep } from 'node:timers/promises';
import { formatCount, plural } from '../../core/units.ts';
import { readLedger } from '../ledger.ts';
import { openStoreView } from '../store-view.ts';
import { failedCheck, type Check, type DoctorInput, passedCheck, uncheckedCheck } from './check.ts';

/** Whether everything that hooks captured is somewhere. */
export async function ledgerChecks({ folder, clock }: DoctorInput): Promise<readonly Check[]> {
  const view = openStoreView(folder);
  try {
    const { gaps, captured, unknown = 0 } = await readLedger({ folder, view, clock, sleep });
    if (gaps > 0)
      return [
        failedCheck(
          'ledger',
          `${plural(gaps, 'captured event')} of ${formatCount(captured)} missing: not stored, queued or refused`,
          "Run `waymark replay --type '*' --missing`: it restores what the archive still has. A store that was restored from a copy, or lost its write-ahead log, misses what came after.",
        ),
      ];
    // the store's own check says why it cannot be read
    if (unknown > 0) return [];
    return captured === 0
      ? [uncheckedCheck('ledger', 'Nothing was captured yet')]
      : [passedCheck('ledger', `${plural(captured, 'captured event')} accounted for`)];
  } finally {
    view.database?.close();
  }
}
