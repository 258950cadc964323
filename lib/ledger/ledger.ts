import { statSync } from 'node:fs';
import { randomPart } from '../events/event-id.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { listDeadNames, listQueuedRandoms } from '../queue/depth.ts';
import { parseEntryName } from '../queue/entry-name.ts';
import { listNames } from '../queue/pending-scan.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { listRecovery } from '../queue/recovery-folder.ts';
import type { Database } from '../store/database.ts';
import { knownIds, type KnownIds } from './table.ts';
import { readCapturedNotes, type SessionNotes } from './captured-ids.ts';

/** Where a captured event is now. `gap`: nowhere, and nothing explains why. */
export type EventLocation =
  | 'stored'
  | 'queued'
  | 'dead'
  | 'discarded'
  | 'refused'
  | 'recovered'
  | 'abandoned'
  | 'gap';

/** All captured events by location. The counts add up to `captured`. */
export interface Ledger {
  readonly captured: number;
  readonly stored: number;
  readonly queued: number;
  readonly dead: number;
  readonly discarded: number;
  readonly refused: number;
  readonly recovered: number;
  readonly abandoned: number;
  readonly gaps: number;
  /** Ids that are nowhere. */
  readonly missing: readonly string[];
}

interface Places {
  readonly queued: ReadonlySet<string>;
  readonly dead: ReadonlySet<string>;
  readonly recovered: ReadonlySet<string>;
  /** Ids of files in tmp/, whose makers are at work or dead. */
  readonly inTheMaking: ReadonlySet<string>;
  readonly unfinished: ReadonlySet<string>;
}

/** A file in tmp/ that is older has no maker any more: the client ends a hook after 30 seconds. */
const MAKER_TIME_MS = 40_000;

/**
 * Locates every captured event: a set difference by id over what hooks captured. Reads folders
 * before the store, so that it sees a moving event at its old or new place. An id that seems
 * missing may still have moved between two reads: check twice, a second apart.
 */
export function buildLedger(
  folder: StateFolder,
  store: Database | undefined,
  now: number,
  notes: readonly SessionNotes[] = readCapturedNotes(folder.throttle),
): Ledger {
  const places = listQueueIds(folder, now);
  const known = knownIds(
    store,
    notes.flatMap(({ captured }) => captured),
  );
  const counts: Record<EventLocation, number> = {
    stored: 0,
    queued: 0,
    dead: 0,
    discarded: 0,
    refused: 0,
    recovered: 0,
    abandoned: 0,
    gap: 0,
  };
  const missing: string[] = [];
  let captured = 0;
  for (const session of notes) {
    const refused = new Set(session.refused);
    for (const id of new Set(session.captured)) {
      captured += 1;
      const at = locateEvent(id, known, places, refused);
      counts[at] += 1;
      if (at === 'gap') missing.push(id);
    }
  }
  const { gap, ...rest } = counts;
  return { captured, ...rest, gaps: gap, missing };
}

function locateEvent(
  id: string,
  known: KnownIds,
  places: Places,
  refused: ReadonlySet<string>,
): EventLocation {
  if (known.stored.has(id)) return 'stored';
  const random = randomPart(id) ?? '';
  if (places.queued.has(random) || places.inTheMaking.has(random)) return 'queued';
  if (places.dead.has(random)) return 'dead';
  if (places.recovered.has(random)) return 'recovered';
  if (refused.has(id)) return 'refused';
  const fate = known.fates.get(id);
  if (fate === 'expired' || fate === 'replayed') return 'stored';
  if (fate === 'discarded' || fate === 'refused' || fate === 'abandoned') return fate;
  return places.unfinished.has(random) ? 'abandoned' : 'gap';
}

function listQueueIds(folder: StateFolder, now: number): Places {
  const queue = queueFolder(folder.queue);
  const randoms = (names: readonly string[]): ReadonlySet<string> =>
    new Set(names.flatMap((name) => parseEntryName(name)?.random ?? []));
  const recovered = randoms(listRecovery(folder.recovery));
  const drafts = listNames(queue.tmp);
  const old = new Set(
    drafts.filter((name) => isOlder(`${queue.tmp}/${name}`, now - MAKER_TIME_MS)),
  );
  return {
    recovered,
    unfinished: randoms([...old]),
    inTheMaking: randoms(drafts.filter((name) => !old.has(name))),
    queued: listQueuedRandoms(queue),
    dead: randoms(listDeadNames(queue)),
  };
}

function isOlder(path: string, time: number): boolean {
  try {
    return statSync(path).mtimeMs < time;
  } catch {
    return false; // Finished in the meantime.
  }
}
