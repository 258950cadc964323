import { statSync } from 'node:fs';
import { DAY_MS } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { type Ledger, buildLedger } from '../ledger/ledger.ts';
import { readCapturedNotes } from '../ledger/captured-ids.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import type { StoreView } from './store-view.ts';

/**
 * The ledger as `status --json` shows it. Field names are a contract; the counts add up to
 * `captured`.
 */
export interface LedgerCounts extends Omit<Ledger, 'missing'> {
  /** Captured events that only the store can account for, while it cannot be read. */
  readonly unknown?: number;
}

export interface LedgerParts {
  readonly folder: StateFolder;
  readonly view: StoreView;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Of which sessions stock is taken; left out: of all. */
  readonly wanted?: (session: string) => boolean;
}

/** An event on its way from one place to the next is back in sight after this time. */
const SECOND_LOOK_MS = 1_000;

/**
 * Takes stock of everything captured. A gap counts only if it is seen twice, a second apart; what
 * has come in sight since is on its way.
 */
export async function readLedger({
  folder,
  view,
  clock,
  sleep,
  wanted,
}: LedgerParts): Promise<LedgerCounts> {
  const stock = (database: StoreView['database']): Ledger =>
    buildLedger(folder, database, clock(), readCapturedNotes(folder.throttle, wanted));
  if (view.state !== 'ok' && view.state !== 'missing') return withoutStore(stock(undefined));
  try {
    const first = stock(view.database);
    if (first.gaps === 0) return countsOf(first);
    await sleep(SECOND_LOOK_MS);
    const second = stock(view.database);
    const before = new Set(first.missing);
    const seenTwice = second.missing.filter((id) => before.has(id)).length;
    return {
      ...countsOf(second),
      gaps: seenTwice,
      queued: second.queued + second.gaps - seenTwice,
    };
  } catch (error) {
    if (storeFaultOf(error) === undefined) throw error;
    return withoutStore(stock(undefined));
  }
}

/** The same, of sessions in which something was captured in the last 24 hours. */
export function readRecentLedger(parts: Omit<LedgerParts, 'wanted'>): Promise<LedgerCounts> {
  const since = parts.clock() - DAY_MS;
  const capturedAt = (session: string): number =>
    statSync(`${parts.folder.throttle}/${session}/captured`, { throwIfNoEntry: false })?.mtimeMs ??
    0;
  return readLedger({ ...parts, wanted: (session) => capturedAt(session) >= since });
}

function withoutStore(stock: Ledger): LedgerCounts {
  const seen = countsOf(stock);
  return { ...seen, gaps: 0, unknown: seen.gaps };
}

function countsOf({ missing: _, ...counts }: Ledger): LedgerCounts {
  return counts;
}
