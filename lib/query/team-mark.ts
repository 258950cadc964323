import type { StateFolder } from '../core/state-folder.ts';
import { runText } from './builder.ts';
import { queryStore } from './store-view.ts';

/** How often the team is asked whether something changed. */
const ASK_MS = 2_000;

/** By team alone: what a filter hides may wake a page for nothing, and nothing else. */
const LATEST = 'SELECT count(*) AS hosts, max(sent_at) AS latest FROM hosts';

/**
 * Returns a function whose text differs from an earlier one when a machine of the team has sent
 * something since. It never waits: a question runs beside, and the next call knows its answer.
 */
export function teamMark(folder: StateFolder, clock: () => number): () => string {
  let mark = '';
  let askedAt = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  const ask = async (): Promise<void> => {
    isAsking = true;
    try {
      const rows = await queryStore(folder, [], (database) => runText(database, LATEST));
      mark = JSON.stringify(rows);
    } catch {
      mark = 'unavailable'; // the pages say why
    } finally {
      isAsking = false;
    }
  };
  return () => {
    const now = clock();
    if (!isAsking && Math.abs(now - askedAt) >= ASK_MS) {
      askedAt = now;
      void ask();
    }
    return mark;
  };
}
