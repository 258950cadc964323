import type { EventDraft } from '../../events/envelope.ts';
import { promote } from '../../features/failure/promote.ts';
import type { Database } from '../../store/database.ts';

export interface PromotionParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly emit: (draft: EventDraft) => void;
  /** Number of entries processed so far: a change means that a session was at work. */
  readonly processed: () => number;
}

/** Even where nothing happens, what was known fades. */
const LONGEST_QUIET_MS = 24 * 60 * 60 * 1000;

/** Sums up what was learned, unless nothing happened since the last time. */
export function promotion({ clock, database, emit, processed }: PromotionParts): () => void {
  let seen = -1;
  let ranAt = 0;
  return () => {
    const now = clock();
    const count = processed();
    if (count === seen && Math.abs(now - ranAt) < LONGEST_QUIET_MS) return;
    const store = database();
    if (store === undefined) return;
    promote(store, now, emit);
    seen = count;
    ranAt = now;
  };
}
