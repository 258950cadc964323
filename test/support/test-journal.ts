import { DAY_MS } from '../../lib/core/clock.ts';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import {
  type Journal,
  type JournalSettings,
  openJournal,
  type OpenJournalParts,
} from '../../lib/journal/open-journal.ts';
import type { Database } from '../../lib/store/database.ts';

/** The order for the journal program. */
export interface JournalOrder {
  readonly home: string;
  readonly now: number;
  /** At which of its steps it kills itself, and at which occurrence. */
  readonly dieAt: string;
  readonly nth: number;
}

/** Small logs, so that they are turned over; nothing is too old. */
export const JOURNAL_SETTINGS: JournalSettings = {
  eventLog: true,
  eventLogSize: 20_000,
  eventLogFiles: 1_000,
  eventLogKeep: 1e9,
  eventLogBudget: 1e12,
  archive: true,
  archiveKeep: 1e9,
  archiveBudget: 1e12,
};

/** A journal over an open store; its log is thrown away unless one is given. */
export function openTestJournal(
  folder: StateFolder,
  clock: () => number,
  database: Database,
  own: Partial<OpenJournalParts> = {},
): Journal {
  return openJournal({
    folder,
    settings: () => JOURNAL_SETTINGS,
    clock,
    log: () => undefined,
    database: () => database,
    ...own,
  });
}

/** Lets a journal finish what there is. */
export async function finishJournal(journal: Journal): Promise<void> {
  journal.maintain();
  while ((await journal.step()) === 0);
}

/**
 * Writes all events of a store to logs and archive and closes their day; the store keeps the last
 * event alone.
 */
export async function archiveAllButLast(
  folder: StateFolder,
  database: Database,
  start: number,
): Promise<void> {
  let now = start;
  const journal = openTestJournal(folder, () => now, database);
  await finishJournal(journal);
  now += DAY_MS;
  await finishJournal(journal);
  database.exec('DELETE FROM events WHERE seq < (SELECT max(seq) FROM events)');
}
