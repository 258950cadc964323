import { plural } from '../../core/units.ts';
import { statSync } from 'node:fs';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { buildLedger } from '../../ledger/ledger.ts';
import { readCapturedNotes } from '../../ledger/captured-ids.ts';
import type { Database } from '../../store/database.ts';

export interface LedgerWatchParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  readonly emit: (draft: EventDraft) => void;
}

/** Checks the ledger of active sessions and raises one alert for each gap and each refusal. */
export function ledgerWatch({ folder, clock, database, emit }: LedgerWatchParts): () => void {
  const suspected = new Set<string>();
  const reported = new Set<string>();
  const alertOnce = (
    ids: readonly string[],
    reason: string,
    message: (fresh: readonly string[]) => string,
  ): void => {
    const fresh = ids.filter((id) => !reported.has(id));
    for (const id of fresh) reported.add(id);
    if (fresh.length > 0)
      emit({
        type: 'system.health_alert',
        priority: PRIORITY.urgent,
        payload: { reason, message: message(fresh), ids: fresh.slice(0, 20) },
      });
  };
  return () => {
    const store = database();
    if (store === undefined) return;
    const notes = readCapturedNotes(folder.throttle, (sessionId) =>
      isRecent(`${folder.throttle}/${sessionId}/captured`, clock()),
    );
    const { missing } = buildLedger(folder, store, clock(), notes);
    alertOnce(
      missing.filter((id) => suspected.has(id)),
      'ledger-gap',
      (ids) => `Missing: ${plural(ids.length, 'captured event')}`,
    );
    suspected.clear();
    for (const id of missing) suspected.add(id);
    const refused = notes.flatMap((session) => session.refused);
    alertOnce(
      refused,
      'queue-full',
      (ids) =>
        `Refused: ${plural(ids.length, 'event')}, because the queue was full or they were too large`,
    );
  };
}

const RECENT_MS = 60 * 60 * 1000;

function isRecent(file: string, now: number): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Math.abs(now - found.mtimeMs) < RECENT_MS;
}
