import type { Paint } from '../text/paint.ts';
import type { SessionDetail } from '../../query/session-detail.ts';
import type { Status } from '../../query/status.ts';
import { formatCount } from '../text/units.ts';

/** Whether the demo lost anything, and the two lines that say so. */
export interface Verdict {
  readonly isComplete: boolean;
  readonly lines: readonly string[];
}

/** Every captured event must be stored, and every counted operation listed. */
export function verdict(
  { ledger, queue }: Status,
  { session, counts }: SessionDetail,
  paint: Paint,
): Verdict {
  const allStored = ledger.captured > 0 && ledger.captured === ledger.stored && queue.dead === 0;
  const allListed = session.operationCount > 0 && session.operationCount === counts.counted;
  const mark = (isGood: boolean): string => (isGood ? paint.green('✓') : paint.red('✗'));
  return {
    isComplete: allStored && allListed,
    lines: [
      `${mark(allStored)} ${paint.bold('Ledger')}      ${formatCount(ledger.captured)} events captured = ${formatCount(ledger.stored)} stored`,
      `${mark(allListed)} ${paint.bold('Operations')}  ${formatCount(session.operationCount)} counted by hooks = ${formatCount(counts.ok)} ok + ${formatCount(counts.failed)} failed${counts.rejected > 0 ? `; ${formatCount(counts.rejected)} rejected before they ran` : ''}`,
    ],
  };
}
