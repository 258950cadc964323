import { setTimeout as sleep } from 'node:timers/promises';
import { formatCount, plural } from '../../core/units.ts';
import { readLedger } from '../ledger.ts';
import { openView } from '../store-view.ts';
import { bad, type Check, type DoctorInput, good, unchecked } from './check.ts';

/** Whether everything that hooks captured is somewhere. */
export async function ledgerChecks({ folder, clock }: DoctorInput): Promise<readonly Check[]> {
  const view = openView(folder);
  try {
    const { gaps, captured, unknown = 0 } = await readLedger({ folder, view, clock, sleep });
    if (gaps > 0)
      return [
        bad(
          'ledger',
          `${plural(gaps, 'captured event')} of ${formatCount(captured)} missing: neither stored, nor queued, nor refused`,
          "Run `waymark replay --type '*' --missing`: it restores what the archive still has. A store that was restored from a copy, or lost its write-ahead log, misses what came after.",
        ),
      ];
    // the store's own check says why it cannot be read
    if (unknown > 0) return [];
    return captured === 0
      ? [unchecked('ledger', 'Nothing was captured yet')]
      : [good('ledger', `${plural(captured, 'captured event')} accounted for`)];
  } finally {
    view.database?.close();
  }
}
